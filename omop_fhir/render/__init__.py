"""Record -> resource bytes -> Bundle bytes; pure. The only door to orjson on the way out."""
