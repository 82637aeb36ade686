"""What runs beside strangers' models: the worker. Imports nothing of tfprep from outside this folder.

Started as `python PATH/inside [--own-users] [--root DIR]`, spoken to in frames on its standard input and output.
"""
