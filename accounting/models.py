"""Table of contents: the wings' tables, named so that Django finds them."""
