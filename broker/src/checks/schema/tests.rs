//! The rules of VOEvent 2.0, one packet each: what is taken, and what is refused with which words.

use super::*;

const HEAD: &str = "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
                    xmlns:xs='http://www.w3.org/2001/XMLSchema' version='2.0' ivorn='ivo://a.b/c#d'";
const PLACE: &str = "<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem/><AstroCoords>@\
                     </AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>";

fn told(text: &str) -> Vec<String> {
    faults(&Document::parse(text).unwrap()).iter().map(ToString::to_string).collect()
}

/// The faults of a packet with these attributes more, and this in it.
fn inside(attributes: &str, children: &str) -> Vec<String> {
    told(&format!("{HEAD} {attributes}>{children}</v:VOEvent>"))
}

fn at_place(coordinates: &str) -> Vec<String> {
    inside("", &PLACE.replace('@', coordinates))
}

#[test]
fn what_the_schema_allows_is_taken() {
    for attributes in ["", "role='test'", "xsi:schemaLocation='a b'", "xsi:noNamespaceSchemaLocation='x'"] {
        assert_eq!(inside(attributes, ""), [""; 0], "{attributes}");
    }
    for children in [
        "<Who/><What/><WhereWhen/>",
        "<Reference uri=''/><Description/><Who/>",
        "<!-- a --><?b?>\n<Who/>",
        "<Who><Date> 2026-01-14T10:32:07Z\n</Date></Who>",
        "<Who><Date>2026-01-14<!-- -->T10:32:07</Date></Who>",
        "<Who><Author><title/><title/><contributor>a</contributor></Author></Who>",
        "<What><Param/><Group><Param name='a'/><Param name='a'/></Group><Table/><Param><Value/><Value/></Param></What>",
        "<What><Table><Field/><Data><TR><TD/></TR></Data><Param/></Table></What>",
        "<What><Group/></What>",
        "<How><Description/><Reference uri='a b'><!-- --></Reference></How>",
        "<Who xsi:type='v:Who'/>",
        "<Why importance='NaN' expires='2026-01-14T10:32:07'><Inference probability='1'><Name/></Inference></Why>",
        "<Citations><EventIVORN>any</EventIVORN><EventIVORN cite='followup'/><Description/></Citations>",
        "<Description xsi:type='xs:string'><![CDATA[<]]></Description>",
        "<WhereWhen id='a'/>",
    ] {
        assert_eq!(inside("", children), [""; 0], "{children}");
    }
    for coordinates in [
        "<Time/>",
        "<Time unit='s'><Error>1</Error><TimeInstant/><TimeInstant><ISOTime/></TimeInstant></Time>",
        "<Position2D><Error2Radius>INF</Error2Radius><Value2><C2>+1</C2><C1>1E1</C1></Value2></Position2D>",
        "<Position3D unit='m'><Value3><C1>1</C1><C2>2</C2><C3>3</C3></Value3></Position3D>",
    ] {
        assert_eq!(at_place(coordinates), [""; 0], "{coordinates}");
    }
    assert_eq!(at_place(""), [""; 0]);
}

#[test]
fn a_fault_says_what_was_expected() {
    let cases = [
        (
            "<Whom/>",
            "line 1: element 'VOEvent' has no 'Whom'; it may hold 'Who', 'What', 'WhereWhen', 'How', 'Why', 'Citations', 'Description', 'Reference'",
        ),
        ("<Who/>\n<Who/>", "line 2: a second 'Who' stands in 'VOEvent', which has one at most"),
        (
            "<v:Who/>",
            "line 1: element 'Who' is in the namespace 'http://www.ivoa.net/xml/VOEvent/v2.0', expected none: in VOEvent 2.0 the root alone has one, by a prefix",
        ),
        ("<What>\n words </What>", "line 2: text 'words' stands in 'What', which holds elements only"),
        (
            "<What><Param\n datatype='int'/></What>",
            "line 2: element 'Param' has no attribute 'datatype'; it may have 'name', 'ucd', 'value', 'unit', 'dataType', 'utype'",
        ),
        (
            "<What><Param dataType='bool'/></What>",
            "line 1: attribute 'dataType' of 'Param' is 'bool', expected 'string', 'float' or 'int'",
        ),
        (
            "<What><Group><Group/></Group></What>",
            "line 1: element 'Group' has no 'Group'; it may hold 'Param', 'Description', 'Reference'",
        ),
        (
            "<How/>",
            "line 1: element 'How' holds none of its elements; it needs at least one of 'Description', 'Reference'",
        ),
        ("<Reference/>", "line 1: element 'Reference' lacks the attribute 'uri'"),
        (
            "<Reference uri='a'> </Reference>",
            "line 1: element 'Reference' holds no text, not even white space; write <Reference .../>",
        ),
        (
            "<Reference uri='a'><b/></Reference>",
            "line 1: element 'Reference' holds no elements; write <Reference .../>",
        ),
        (
            "<Description><p/></Description>",
            "line 1: element 'Description' holds text and no elements such as 'p'",
        ),
        ("<Description lang='en'/>", "line 1: element 'Description' has no attribute 'lang'"),
        (
            "<Who><Date>2026-01-14</Date></Who>",
            "line 1: element 'Date' is '2026-01-14', expected a date and time such as 2026-01-14T10:32:07, with a fraction and Z at will",
        ),
        (
            "<Citations><Description/><EventIVORN/></Citations>",
            "line 1: element 'EventIVORN' stands behind what must follow it in 'Citations'",
        ),
        ("<Citations/>", "line 1: element 'Citations' lacks 'EventIVORN', which it must hold"),
        (
            "<Who xsi:type='v:What'/>",
            "line 1: 'xsi:type' of 'Who' names another type than its own; leave it out",
        ),
        ("<Who xsi:nil='false'/>", "line 1: element 'Who' has no attribute 'xsi:nil'"),
    ];
    for (children, fault) in cases {
        assert_eq!(inside("", children), [fault], "{children}");
    }
}

#[test]
fn what_the_schema_does_not_allow_is_refused() {
    for children in [
        "<Who><Author/></Who>",
        "<Why/>",
        "<Why importance='high'><Name/></Why>",
        "<Why expires='soon'><Name/></Why>",
        "<Why><Inference/></Why>",
        "<Why><Inference probability='1.5'><Name/></Inference></Why>",
        "<What><Table><Data/></Table></What>",
        "<Description/><Description/>",
        "<What><Table><Data><TR/></Data></Table></What>",
        "<What><Field/></What>",
        "<WhereWhen><ObsDataLocation/></WhereWhen>",
        "<Citations><EventIVORN cite='cites'/></Citations>",
        "<Citations><EventIVORN/><Description/><Description/></Citations>",
        "<Reference uri='a#b#c'/>",
        "<Reference uri='a' name='b'/>",
        "<WhereWhen id='1'/>",
        "<Who xml:lang='en'/>",
        "<What>&#160;</What>",
    ] {
        assert_eq!(inside("", children).len().min(1), 1, "{children}");
    }
    for coordinates in [
        "<Position2D/>",
        "<Position2D><Value2><C1>1</C1><C2>2</C2></Value2></Position2D>",
        "<Time/><Time/>",
        "<Time><Error>x</Error></Time>",
        "<Position2D><Value2/><Error2Radius>1</Error2Radius></Position2D>",
        "<Position2D><Value2><C1>nan</C1><C2>10,5</C2></Value2><Error2Radius>1</Error2Radius></Position2D>",
        "<Position2D><Value2><C1>1</C1><C2>2</C2></Value2><Error2Radius/></Position2D>",
        "text",
    ] {
        assert!(!at_place(coordinates).is_empty(), "{coordinates}");
    }
    for attributes in ["role='Test'", "role=' test'", "name='a'", "xsi:nil='false'", "xml:lang='en'"] {
        assert_eq!(inside(attributes, "").len(), 1, "{attributes}");
    }
}

#[test]
fn the_root_has_version_and_identifier() {
    let root = |attributes: &str| {
        told(&format!("<VOEvent xmlns='http://www.ivoa.net/xml/VOEvent/v2.0' {attributes}/>"))
    };
    assert_eq!(root("version=' 2.0 ' ivorn=''"), [""; 0]);
    assert_eq!(root("").len(), 2);
    assert_eq!(
        root("version='2.1' ivorn='a'"),
        ["line 1: attribute 'version' of 'VOEvent' is '2.1', expected '2.0'"]
    );
    assert!(root("version='2.0' ivorn='a#b#c'")[0].contains("'#' stands once at most"));
}

#[test]
fn other_versions_are_told_apart() {
    let root = |namespace: &str| told(&format!("\n<VOEvent xmlns='{namespace}'><Who/></VOEvent>")).join("");
    for version in ["1.1", "2.1"] {
        let reason = root(&format!("http://www.ivoa.net/xml/VOEvent/v{version}"));
        assert!(
            reason.starts_with(&format!("line 2: this is VOEvent {version}, Philae validates VOEvent 2.0")),
            "{reason}"
        );
    }
    let reason = root("https://www.ivoa.net/xml/VOEvent/v2.0");
    assert!(reason.contains("'https://www.ivoa.net/xml/VOEvent/v2.0', expected 'http:"), "{reason}");
}

#[test]
fn faults_come_by_line_and_are_not_endless() {
    let many = inside("", &format!("<What>{}</What>", "\n<Parm/>".repeat(1_000)));
    assert_eq!(many.len(), MAX_FAULTS);
    assert!(many[0].starts_with("line 2: ") && many[49].starts_with("line 51: "));
    let long = inside("", &format!("<{}/>", "x".repeat(10_000)));
    assert!(long[0].len() < 400, "{}", long[0]);
}
