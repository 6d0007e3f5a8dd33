package attempt

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// A flag is declared with what it means, where results look it up. The flags are
// the constants of the block that says so.
func TestFlagsAreDeclared(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "attempt.go", nil, parser.ParseComments)
	require.NoError(t, err)
	var names []string
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST || block.Doc.Text() != "Flags of an attempt.\n" {
			continue
		}
		for _, s := range block.Specs {
			for _, v := range s.(*ast.ValueSpec).Values {
				name, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				require.NoError(t, err)
				names = append(names, name)
			}
		}
	}
	require.ElementsMatch(t, event.FlagsFrom(event.FromDriver), names)
}
