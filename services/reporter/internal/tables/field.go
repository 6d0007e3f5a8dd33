package tables

// field is a column of something, in a table and in a file alike.
type field[T any] struct {
	name  string
	value func(T) any
}

func names[T any](fields []field[T]) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// prefixed are the same fields under longer names.
func prefixed[T any](with string, fields []field[T]) []field[T] {
	out := make([]field[T], len(fields))
	for i, f := range fields {
		out[i] = field[T]{with + f.name, f.value}
	}
	return out
}

func values[T any](fields []field[T], of T) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		out[i] = f.value(of)
	}
	return out
}
