"""The services of the sandbox, one module each: its state and a table of its methods."""
