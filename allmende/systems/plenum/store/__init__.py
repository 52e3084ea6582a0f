"""What is kept of assemblies: state and agenda, and what is on its way into the minutes."""
