"""What runs beside strangers' models: the worker. Imports nothing of tfprep from outside this folder.

Started as `python PATH/inside [--own-users] [--root DIR]`; it talks in frames on standard input and output.
"""
