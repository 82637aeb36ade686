"""`make languages`: find every sentence in the source, and bring all catalogues up to date."""

from .catalogues import write_all

write_all()
