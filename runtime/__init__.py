"""Executes graphs that can pause for a person. Plain Python, no Django."""
