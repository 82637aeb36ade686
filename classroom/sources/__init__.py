"""Where handed-in files come from: a folder, a zip, the zips in it, a repository. Each lists and fetches."""
