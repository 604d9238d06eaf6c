-- First in its transaction: whoever else would change the target waits here, and sees what this one did.
LOCK TABLE {{ target }}
