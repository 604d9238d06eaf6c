"""Operators of the Aurora recovery pipeline, one module per step or group of like steps."""

from switchyard.ledger.recorders import record_step
from switchyard.operators.base import step_recorders

if record_step not in step_recorders:
    step_recorders.append(record_step)
