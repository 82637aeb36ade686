"""Models with one known fault each, the honest one beside them: how the diagnosis is measured."""
