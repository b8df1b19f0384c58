"""The network itself: the book's formulas on arrays, and the engines that do them. Knows nothing but arrays."""
