"""An exam for people and programs: terminal, page, plain values."""
