"""What an assembly is, and its rules: frozen states, frozen events, one ``step`` each."""
