"""`make languages`: find every sentence in the source, and bring the catalogues of all languages up to date."""

from .catalogues import write_all

write_all()
