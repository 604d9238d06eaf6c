"""Firehose: buffers that are delivered by size and by the sandbox's clock, as the stream's role may write.

A fault of kind "duplicate" on "firehose:Deliver" lets a record arrive twice; one of kind "error" on
"firehose:Write/STREAM" sends what is delivered to the error output.
"""

from sandbox.firehose.control import flush
from sandbox.firehose.install import install, reset

__all__ = ["flush", "install", "reset"]
