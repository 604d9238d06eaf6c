"""Operators of the Aurora recovery pipeline, one module per step or group of like steps."""
