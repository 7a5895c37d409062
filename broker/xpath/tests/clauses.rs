//! The language, clause by clause of the recommendation, through the public edge.
#![cfg(test)]

use bounded_xpath::{CompileError, Context, Expression, Index, Limits};

/// A document with one of everything.
const DOCUMENT: &str = "<!--before--><r xmlns:p='u:p' xml:lang='en-GB' id='1'>\
    <a k='1'>one</a><a k='2' p:k='x'>two<b>2.5</b></a><?go now?><p:c xml:id='third'> 3 <b/><![CDATA[<]]></p:c><a/></r>";

/// The value in the words of its `Display`.
fn value(expression: &str) -> String {
    on(DOCUMENT, expression)
}

fn on(document: &str, expression: &str) -> String {
    let limits = Limits::default();
    let document = roxmltree::Document::parse(document).unwrap();
    let index = Index::new(&document);
    let compiled =
        Expression::compile(expression, &limits).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let value = compiled.evaluate(&index, Context::RootElement, &mut limits.budget()).unwrap();
    assert_eq!(compiled.matches(&index, &mut limits.budget()), Ok(value.to_boolean()), "{expression}");
    value.to_string()
}

fn fault(expression: &str) -> String {
    compile(expression).unwrap_err().to_string()
}

fn compile(expression: &str) -> Result<Expression, CompileError> {
    Expression::compile(expression, &Limits::default())
}

fn check(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(value(expression), *expected, "{expression}");
    }
}

#[test]
fn s1_the_context_is_the_root_element_alone() {
    check(&[("name()", "\"r\""), ("position()", "1"), ("last()", "1"), (".. = /", "true")]);
}

#[test]
fn s2_a_path_selects_in_document_order_each_node_once() {
    check(&[
        ("count(a/..)", "1"),
        ("//b/.. | a", "4 nodes: <a k=\"1\">, <a k=\"2\" k=\"x\">, <c id=\"third\">, ..."),
        ("/r/a[2]/b", "1 node: <b>"),
        ("/", "1 node: /"),
    ]);
}

#[test]
fn s22_every_axis_leads_where_it_says() {
    check(&[
        ("count(ancestor::node())", "1"),
        ("count(a/b/ancestor-or-self::*)", "3"),
        ("string(attribute::id)", "\"1\""),
        ("count(child::node())", "5"),
        ("count(descendant::text())", "5"),
        ("count(descendant-or-self::*)", "7"),
        ("count(a[1]/following::*)", "5"),
        ("count(a[1]/following-sibling::a)", "2"),
        ("count(namespace::*)", "2"),
        ("name(a/parent::*)", "\"r\""),
        ("count(a[3]/preceding::*)", "5"),
        ("count(a[3]/preceding-sibling::node())", "4"),
        ("count(self::r)", "1"),
    ]);
}

#[test]
fn s22_attributes_and_namespaces_are_no_children_and_have_no_siblings() {
    check(&[
        (
            "count(@*/following-sibling::node() | @*/preceding-sibling::node() | namespace::*/child::node())",
            "0",
        ),
        ("count(@id/self::id)", "0"),
        ("count(@id/self::node())", "1"),
        ("name(@id/..)", "\"r\""),
    ]);
}

#[test]
fn s23_a_name_without_prefix_is_in_no_namespace() {
    check(&[
        ("count(c)", "0"),
        ("count(*[local-name() = 'c'])", "1"),
        ("count(a/@k)", "2"),
        ("count(@xml:lang)", "1"),
    ]);
    assert_eq!(on("<r xmlns='u:d'><a xmlns=''/><a/></r>", "count(//a)"), "1");
}

#[test]
fn s23_node_types_are_told_apart() {
    check(&[
        ("/comment()", "1 node: <!--before-->"),
        ("processing-instruction('go')", "1 node: <?go now?>"),
        ("count(processing-instruction('stay'))", "0"),
        ("*/text()", "4 nodes: \"one\", \"two\", \" 3 \", ..."),
    ]);
}

#[test]
fn s24_positions_count_along_the_axis() {
    check(&[
        ("a[2]/@k", "1 node: @k=\"2\""),
        ("a[last()]/@k", "no node"),
        ("string(a[3]/preceding-sibling::a[1]/@k)", "\"2\""),
        ("string((a[3]/preceding-sibling::a)[1]/@k)", "\"1\""),
        ("count(//a[1])", "1"),
        ("count(//b[1])", "2"),
        ("count((//b)[1])", "1"),
        ("count(a[position() > 1][1][@k = 2])", "1"),
        ("count(a[1.5] | a[0] | a[-1])", "0"),
    ]);
}

#[test]
fn s25_abbreviations_are_written_out() {
    check(&[
        ("count(.//b) = count(descendant::b)", "true"),
        ("count(//@k)", "2"),
        ("name(../*)", "\"r\""),
        ("count(a//.)", "7"),
    ]);
}

#[test]
fn s33_a_filter_can_be_followed_by_steps() {
    check(&[
        ("count((a | *)[2]/b)", "1"),
        ("count((a)//text())", "3"),
        ("string(id('third')/b/..)", "\" 3 <\""),
    ]);
}

#[test]
fn s34_node_sets_compare_as_some_of_their_nodes() {
    check(&[
        ("a/@k = 2 and a/@k != 2", "true"),
        ("a/@k > 1.5 and a/@k < 1.5", "true"),
        ("a/@k = a/b or a/@k != a/@k", "true"),
        ("a/@k < a/b", "true"),
        ("//x = //x or //x != //x or //x < 1", "false"),
        ("//x = false() and a = true()", "true"),
        ("a = 'one'", "true"),
    ]);
}

#[test]
fn s34_values_compare_as_booleans_then_numbers_then_strings() {
    check(&[
        ("true() = 'x'", "true"),
        ("1 = '1.0'", "true"),
        ("'1' = '1.0'", "false"),
        ("'10' > '9'", "true"),
        ("3 > 2 > 1", "false"),
        ("1 = 1 = 1", "true"),
        ("0 div 0 = 0 div 0", "false"),
    ]);
}

#[test]
fn s35_arithmetic_is_that_of_ieee_754() {
    check(&[
        ("1 + 2 * 3 - 4 div 2", "5"),
        ("5 mod -2", "1"),
        ("-5 mod 2", "-1"),
        ("1 div 0", "Infinity"),
        ("-1 div 0", "-Infinity"),
        ("0 div 0", "NaN"),
        ("- - 'x'", "NaN"),
        ("2.7e1 + .3", "27.3"),
        ("-a[2]/b", "-2.5"),
    ]);
}

#[test]
fn s37_names_are_operators_only_where_one_can_stand() {
    let document = "<div><and>6</and><or>2</or><mod/></div>";
    assert_eq!(on(document, "and div or"), "3");
    assert_eq!(on(document, "and and or or mod"), "true");
    assert_eq!(on(document, "* * * = 36"), "true");
    assert_eq!(on(document, "and-or"), "no node");
    assert_eq!(on(document, "/ = /div"), "true");
}

#[test]
fn s41_node_set_functions() {
    check(&[
        ("count(id('third none'))", "1"),
        ("name(id(//@xml:id))", "\"p:c\""),
        ("local-name(*[3]) = 'c' and namespace-uri(*[3]) = 'u:p'", "true"),
        ("name(a/@*[2])", "\"p:k\""),
        ("name(//x)", "\"\""),
        ("name(processing-instruction())", "\"go\""),
    ]);
}

#[test]
fn s42_string_functions() {
    check(&[
        ("concat('a', 1, true(), a)", "\"a1trueone\""),
        ("starts-with('abc', 'ab') and contains('abc', 'bc') and contains('', '')", "true"),
        ("substring-before('1999/04/01', '/')", "\"1999\""),
        ("substring-after('1999/04/01', '/')", "\"04/01\""),
        ("substring('12345', 1.5, 2.6)", "\"234\""),
        ("substring('12345', 0, 3)", "\"12\""),
        ("substring('12345', 0 div 0)", "\"\""),
        ("substring('12345', -42, 1 div 0)", "\"12345\""),
        ("substring('12345', -1 div 0, 1 div 0)", "\"\""),
        ("string-length('é€')", "2"),
        ("normalize-space(' a \n b ')", "\"a b\""),
        ("translate('bar', 'abc', 'AB')", "\"BAr\""),
        ("translate('--aaa--é', 'abcé-', 'ABCe')", "\"AAAe\""),
        ("string(1 div 3)", "\"0.333333333333333\""),
    ]);
}

#[test]
fn s43_boolean_functions() {
    check(&[
        ("boolean(0 div 0) or boolean('') or boolean(//x) or boolean(-0)", "false"),
        ("boolean('false') and boolean(a) and not(0)", "true"),
        ("lang('EN') and lang('en-gb') and not(lang('en-GB-x')) and not(lang('e'))", "true"),
        ("count(//*[lang('en')])", "7"),
    ]);
}

#[test]
fn s44_number_functions() {
    check(&[
        ("number(true()) + number(' 2 ')", "3"),
        ("sum(a/@k)", "3"),
        ("sum(//x)", "0"),
        ("floor(-1.5) + ceiling(1.2)", "0"),
        ("round(2.5) + round(-2.5)", "1"),
        ("1 div round(-0.2)", "-Infinity"),
    ]);
}

#[test]
fn s5_string_values_are_those_of_all_text_within() {
    check(&[
        ("string(a[2])", "\"two2.5\""),
        ("*[3] = ' 3 <'", "true"),
        ("string(/comment())", "\"before\""),
        ("string(namespace::p)", "\"u:p\""),
    ]);
}

#[test]
fn faults_are_told_with_their_place() {
    for (expression, told) in [
        ("", "at character 1: expected a name, a node test or an expression, found end of expression"),
        ("not(a", "at character 6: expected ')', found end of expression"),
        ("é = 'x", "at character 5: the literal that begins here has no closing quote"),
        ("a b", "at character 3: expected an operator or the end of the expression, found 'b'"),
        ("a[1", "at character 4: expected ']', found end of expression"),
        (".//{*}x", "at character 4: '{' has no meaning here"),
        ("above::a", "at character 1: there is no axis 'above'"),
        ("matches(a)", "at character 1: there is no function 'matches' in XPath 1.0"),
        ("1 + contains('a')", "at character 5: contains() takes two arguments, and was given 1"),
        ("count('a')", "at character 7: only a node-set will do here"),
        ("a | 1", "at character 5: only a node-set will do here"),
        ("'a'[1]", "at character 1: only a node-set will do here"),
        ("$x", "at character 1: there is no variable '$x', as there are none"),
        (
            "@p:k",
            "at character 2: the prefix 'p' is not bound, as none is: write @*[local-name()='k'] instead",
        ),
        (
            "p:*",
            "at character 1: the prefix 'p' is not bound, as none is: write *[namespace-uri()='...'] instead",
        ),
        ("p:f()", "at character 1: the prefix 'p' is not bound, as none is"),
        ("/ * 2", "at character 5: expected an operator or the end of the expression, found the number 2"),
        (".[1]", "at character 2: expected an operator or the end of the expression, found '['"),
    ] {
        assert_eq!(fault(expression), told);
    }
}

#[test]
fn an_expression_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let document = roxmltree::Document::parse(DOCUMENT).unwrap();
    shared(&compile("//a").unwrap());
    shared(&Index::new(&document));
}

#[test]
fn another_node_can_be_the_context() {
    let document = roxmltree::Document::parse(DOCUMENT).unwrap();
    let index = Index::new(&document);
    let second = document.descendants().filter(|node| node.has_tag_name("a")).nth(1).unwrap();
    let expression = compile("string(b)").unwrap();
    let mut budget = Limits::default().budget();
    let value = expression.evaluate(&index, Context::Node(second.id()), &mut budget).unwrap();
    assert_eq!((value.to_text().as_str(), value.to_number()), ("2.5", 2.5));
}
