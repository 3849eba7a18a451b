"""The lift of films as the command has it: people, messages, and groups of results."""
