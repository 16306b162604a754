package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// change is one small change of a package, which a test should notice.
type change struct {
	File string // base name
	Line int
	Func string
	// What is the old code and the new. With Func and File it names the change in
	// equivalent.yaml, so that a name ends with the code that it is about.
	What string

	place         *file
	from, to      int // of the old code in its file
	before, after string
}

// on stands in before for the condition that the change is chosen.
const on = "\x00"

// operators are replaced by others, one each. Where the two are alike but for
// a bound, a test must try the bound itself.
var operators = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL,
	token.SHL: token.SHR, token.SHR: token.SHL, token.AND: token.OR, token.OR: token.AND, token.XOR: token.AND,
}

// changes are all that can be made to a package, in the order of its source.
func (s *source) changes() []change {
	var all []change
	for _, f := range s.files {
		for _, d := range f.tree.Decls {
			w := walker{source: s, file: f}
			switch d := d.(type) {
			case *ast.FuncDecl:
				w.name = funcName(d)
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
			}
			ast.PreorderStack(d, nil, w.visit)
			all = append(all, w.found...)
		}
	}
	// Where one function has the same code twice, its changes are numbered.
	seen := make(map[string]int)
	for i := range all {
		c := &all[i]
		if seen[c.key()]++; seen[c.key()] > 1 {
			c.What += fmt.Sprintf(" (%d)", seen[c.key()])
		}
	}
	return all
}

func (c *change) key() string { return c.File + "\t" + c.Func + "\t" + c.What }

func (c *change) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", c.File, c.Line, c.Func, c.What)
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	switch generic := t.(type) {
	case *ast.IndexExpr:
		t = generic.X
	case *ast.IndexListExpr:
		t = generic.X
	}
	return types.ExprString(t) + "." + d.Name.Name
}

// walker finds the changes of one declaration.
type walker struct {
	*source
	file  *file
	name  string
	found []change
}

func (w *walker) visit(n ast.Node, stack []ast.Node) bool {
	if e, ok := n.(ast.Expr); ok && !w.expression(e, stack) {
		return false
	}
	switch n := n.(type) {
	case *ast.IfStmt:
		w.guard(n.Cond, "if "+w.header(n))
	case *ast.ForStmt:
		if n.Cond != nil {
			w.guard(n.Cond, "for "+w.code(n.Cond))
		}
	case *ast.CaseClause:
		if s, ok := stack[len(stack)-2].(*ast.SwitchStmt); ok && s.Tag == nil {
			for _, e := range n.List {
				w.guard(e, "case "+w.code(e))
			}
		}
		w.statements(n.Body)
	case *ast.CommClause:
		w.statements(n.Body)
	case *ast.BlockStmt:
		w.statements(n.List)
	case *ast.ReturnStmt:
		w.forgottenError(n, stack)
	}
	return true
}

func (w *walker) header(n *ast.IfStmt) string {
	if n.Init == nil {
		return w.code(n.Cond)
	}
	return w.code(n.Init) + "; " + w.code(n.Cond)
}

// expression changes an expression, and says whether to look inside.
func (w *walker) expression(e ast.Expr, stack []ast.Node) bool {
	value := w.info.Types[e]
	if value.IsType() || constantNeeded(e, stack) {
		return false
	}
	if value.Value != nil {
		w.constant(e, value, stack)
		return false
	}
	b, ok := e.(*ast.BinaryExpr)
	if !ok || value.Type == nil { // Of C's types nothing is known.
		return true
	}
	other, known := operators[b.Op]
	t, spelled := w.spell(value.Type, w.file)
	if basic, ok := value.Type.Underlying().(*types.Basic); !known || !spelled || !ok || basic.Info()&types.IsString != 0 || basic.Kind() == types.Invalid {
		return true
	}
	changed := fmt.Sprintf("(%s) %s (%s)", w.raw(b.X), other, w.raw(b.Y))
	if value.Type == types.Typ[types.UntypedBool] {
		t = "bool"
	}
	w.add(b, fmt.Sprintf("%s ⇒ %s %s %s", w.code(b), w.code(b.X), other, w.code(b.Y)),
		fmt.Sprintf("func() %s { if %s { return %s }; return ", t, on, changed), " }()")
	return true
}

// constantNeeded says whether an expression must stay a constant.
func constantNeeded(e ast.Expr, stack []ast.Node) bool {
	if len(stack) < 2 {
		return false
	}
	pair, ok := stack[len(stack)-1].(*ast.KeyValueExpr)
	if !ok || pair.Key != e {
		return false
	}
	literal := stack[len(stack)-2].(*ast.CompositeLit)
	_, isMap := literal.Type.(*ast.MapType)
	return !isMap
}

// constant makes a number one larger, and turns a truth around. What has only
// names in it stays.
func (w *walker) constant(e ast.Expr, value types.TypeAndValue, stack []ast.Node) {
	t, spelled := w.spell(value.Type, w.file)
	basic, ok := value.Type.Underlying().(*types.Basic)
	if !spelled || !ok || w.besideError(stack) {
		return
	}
	switch info := basic.Info(); {
	case info&types.IsBoolean != 0:
		w.add(e, fmt.Sprintf("%s ⇒ %v in %s", w.code(e), !constant.BoolVal(value.Value), w.around(stack)), "("+on+" != ", ")")
	case info&(types.IsInteger|types.IsFloat) != 0 && basic.Info()&types.IsUntyped == 0 && hasLiteral(e):
		w.add(e, fmt.Sprintf("%s ⇒ %s + 1 in %s", w.code(e), w.code(e), w.around(stack)),
			fmt.Sprintf("func() %s { if %s { return (%s) + 1 }; return ", t, on, w.raw(e)), " }()")
	}
}

// besideError says whether something is returned beside an error, where nobody
// reads it.
func (w *walker) besideError(stack []ast.Node) bool {
	r, ok := stack[len(stack)-1].(*ast.ReturnStmt)
	if !ok || len(r.Results) < 2 {
		return false
	}
	last := w.info.Types[r.Results[len(r.Results)-1]]
	return last.Type != nil && !last.IsNil() && types.Implements(last.Type, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// around is the code that something stands in.
func (w *walker) around(stack []ast.Node) string { return w.code(stack[len(stack)-1]) }

// hasLiteral looks for a number, but for those in octal, which are permissions.
func hasLiteral(e ast.Expr) (has bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		has = has || ok && !strings.HasPrefix(literal.Value, "0o")
		return !has
	})
	return has
}

// guard makes a condition false; a comparison is turned around elsewhere.
func (w *walker) guard(e ast.Expr, header string) {
	if w.info.Types[e].Value != nil {
		return
	}
	w.add(e, header+" ⇒ never", "(!"+on+" && (", "))")
	if _, compares := e.(*ast.BinaryExpr); !compares {
		w.add(e, header+" ⇒ turned around", "("+on+" != (", "))")
	}
}

// statements leaves out one statement after another.
func (w *walker) statements(list []ast.Stmt) {
	for _, s := range list {
		switch x := s.(type) {
		case *ast.AssignStmt:
			if x.Tok == token.DEFINE {
				continue
			}
		case *ast.ExprStmt:
			if call, ok := x.X.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "panic" {
					continue // A function may end with it.
				}
			}
		case *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt:
		default:
			continue
		}
		w.add(s, w.code(s)+" ⇒ left out", "if !"+on+" { ", " }")
	}
}

// forgottenError returns no error where a function returns one.
func (w *walker) forgottenError(n *ast.ReturnStmt, stack []ast.Node) {
	var results *ast.FieldList
	for _, outer := range slices.Backward(stack) {
		if f, ok := outer.(*ast.FuncDecl); ok {
			results = f.Type.Results
			break
		}
		if f, ok := outer.(*ast.FuncLit); ok {
			results = f.Type.Results
			break
		}
	}
	if results == nil || len(n.Results) != results.NumFields() {
		return
	}
	last := n.Results[len(n.Results)-1]
	if t, ok := results.List[len(results.List)-1].Type.(*ast.Ident); !ok || t.Name != "error" || w.info.Types[last].IsNil() {
		return
	}
	w.add(last, w.code(n)+" ⇒ without the error", "mutateForget("+on+", ", ")")
}

func (w *walker) add(n ast.Node, what, before, after string) {
	at := w.set.Position(n.Pos())
	w.found = append(w.found, change{
		File: filepath.Base(w.file.path), Line: at.Line, Func: w.name, What: what, place: w.file,
		from: at.Offset, to: w.set.Position(n.End()).Offset, before: before, after: after,
	})
}

// raw is the source of an expression.
func (w *walker) raw(n ast.Node) string {
	return string(w.file.text[w.set.Position(n.Pos()).Offset:w.set.Position(n.End()).Offset])
}

// code is the source of a node on one line, cut where it is long.
func (w *walker) code(n ast.Node) string {
	line := []rune(strings.Join(strings.Fields(w.raw(n)), " "))
	if len(line) > 90 {
		line = append(line[:90], '…')
	}
	return string(line)
}

// apply returns a file's source with some of its changes in it, each chosen by
// its number.
func apply(f *file, chosen map[int]change) []byte {
	type insertion struct {
		at, outer, number int // outer orders what is put at one place
		text              string
	}
	var all []insertion
	for number, c := range chosen {
		if c.place != f {
			continue
		}
		length := c.to - c.from
		before := strings.ReplaceAll(c.before, on, "mutateOn("+strconv.Itoa(number)+")")
		all = append(all, insertion{c.from, len(f.text) - length, number, before}, insertion{c.to, length - len(f.text), -number, c.after})
	}
	slices.SortFunc(all, func(a, b insertion) int {
		for _, d := range []int{a.at - b.at, a.outer - b.outer, a.number - b.number} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	var out []byte
	done := 0
	for _, i := range all {
		out = append(append(out, f.text[done:i.at]...), i.text...)
		done = i.at
	}
	return append(out, f.text[done:]...)
}
