"""ONNX builders that plug-ins share."""
