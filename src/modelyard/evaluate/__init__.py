"""Bundle + rows -> Report: what the bytes that ship can do, with intervals."""
