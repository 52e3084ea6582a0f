"""The only code that awaits a socket, and the tasks and threads of the house."""
