"""The five problems: what is asked, on which data, and how it is measured."""
