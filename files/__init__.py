"""Files and text: strangers' are read within limits, ours are written whole or not at all."""
