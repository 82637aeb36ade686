"""tfprep: practice for the TensorFlow developer certificate, with an auto-grader people can trust."""

__version__ = "0.1.0"
