use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn fixture(name: &str) -> View {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    View::parse(&fs::read(folder.join(name)).unwrap().into()).unwrap()
}

fn view(inside: &str) -> View {
    View::parse(&format!("<VOEvent role='test'>{inside}</VOEvent>").into()).unwrap()
}

fn placed(system: &str, position: &str) -> View {
    view(&format!(
        "<WhereWhen><ObsDataLocation>
           <ObservatoryLocation><AstroCoords coord_system_id='UTC-GEOD-TOPO'><Position3D unit='deg-deg-m'>
             <Value3><C1>1</C1><C2>2</C2><C3>3</C3></Value3></Position3D></AstroCoords></ObservatoryLocation>
           <ObservationLocation><AstroCoords coord_system_id='{system}'>
             <Time><TimeInstant><ISOTime>2026-01-14T10:31:55.5</ISOTime></TimeInstant></Time>{position}
           </AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>"
    ))
}

fn angles(unit: &str, c1: &str, c2: &str) -> Option<(f64, f64)> {
    let text = format!("<Position2D {unit}><Value2><C1>{c1}</C1><C2>{c2}</C2></Value2></Position2D>");
    placed("UTC-FK5-GEO", &text).position().map(|position| (position.longitude, position.latitude))
}

#[test]
fn parameters_are_listed_in_order_with_their_groups() {
    let event = fixture("grb.xml");
    let names: Vec<_> = event.params().into_iter().map(|param| (param.group, param.name)).collect();
    assert_eq!(names[..2], [(None, "Trigger_ID"), (None, "Notice_Number")]);
    assert!(names.contains(&(Some("Energy_Range"), "Energy_High")));
    assert_eq!(names.last(), Some(&(None, "Moon_Distance")));
    let flux = event.find_param("Peak_Flux", None).unwrap();
    assert_eq!(
        (flux.value.as_ref(), flux.unit, flux.data_type),
        ("3.1e-07", Some("erg/cm2/s"), Some("float"))
    );
    assert_eq!(event.find_param("Energy_Low", Some("Energy_Range")).unwrap().value, "15");
    assert_eq!(event.find_param("Energy_Low", Some("Solution_Status")), None);
}

#[test]
fn a_value_attribute_beats_a_value_element() {
    let event = view(
        "<What><Param name='a' value='1'><Value>2</Value></Param><Param name='b'><Value>3<!-- -->4</Value></Param>\
         <Param name='c' datatype='int'/><Group>prose<Param name='d' value='5'/></Group></What>",
    );
    let values: Vec<_> = event.params().iter().map(|param| param.value.to_string()).collect();
    assert_eq!(values, ["1", "34", "", "5"]);
    assert_eq!(event.find_param("c", None).unwrap().data_type, Some("int"));
    assert_eq!(event.find_param("d", None).unwrap().group, Some(""));
}

#[test]
fn citations_tell_what_they_do() {
    let event = view(
        "<Citations><EventIVORN cite='followup'> ivo://a.b/c#1 </EventIVORN><EventIVORN cite='retraction'>ivo://a.b/c#2\
         </EventIVORN><EventIVORN>ivo://a.b/c#3</EventIVORN><EventIVORN/></Citations>",
    );
    let citations: Vec<_> = event.citations().iter().map(|one| (one.ivoid, one.relation)).collect();
    let expected = [
        ("ivo://a.b/c#1", Relation::Followup),
        ("ivo://a.b/c#2", Relation::Retraction),
        ("ivo://a.b/c#3", Relation::Other),
    ];
    assert_eq!(citations, expected);
    assert_eq!(fixture("retraction.xml").citations()[0].relation, Relation::Retraction);
}

#[test]
fn a_position_is_that_of_the_observation_and_its_time() {
    let event = placed(
        "UTC-ICRS-TOPO",
        "<Position2D unit='deg'><Name1>RA</Name1><Name2>Dec</Name2><Value2><C1> -10.5 </C1><C2>-89.5</C2></Value2>\
         <Error2Radius>0.05</Error2Radius></Position2D>",
    );
    let position = event.position().unwrap();
    assert_eq!((position.longitude, position.latitude), (349.5, -89.5));
    assert_eq!((position.error_radius, position.system), (Some(0.05), "UTC-ICRS-TOPO"));
    assert_eq!(position.time.unwrap().to_string(), "2026-01-14T10:31:55.5Z");
}

#[test]
fn angles_become_degrees() {
    assert_eq!(angles("unit='deg'", "360", "0"), Some((0.0, 0.0)));
    assert_eq!(angles("", "12.5", "-3"), Some((12.5, -3.0)));
    assert_eq!(angles("unit='hour deg'", "6", "45"), Some((90.0, 45.0)));
    let (longitude, latitude) = angles("unit='rad'", "3.141592653589793", "-1.5707963267948966").unwrap();
    assert!((longitude - 180.0).abs() < 1e-12 && (latitude + 90.0).abs() < 1e-12);
}

#[test]
fn what_cannot_be_read_for_certain_is_no_position() {
    for (unit, c1, c2) in [
        ("unit='furlong'", "1", "2"),
        ("unit='hour'", "1", "2"),
        ("unit='deg'", "361", "2"),
        ("unit='deg'", "1", "91"),
        ("unit='deg'", "NaN", "2"),
        ("unit='deg'", "10:31:55", "2"),
        ("unit='deg'", "", ""),
    ] {
        assert_eq!(angles(unit, c1, c2), None, "{unit} {c1} {c2}");
    }
    let swapped = "<Position2D unit='deg'><Name1>Dec</Name1><Name2>RA</Name2><Value2><C1>1</C1><C2>2</C2></Value2></Position2D>";
    assert_eq!(placed("UTC-FK5-GEO", swapped).position(), None);
    assert_eq!(view("<WhereWhen/>").position(), None);
}

#[test]
fn a_time_in_another_scale_is_not_taken_for_utc() {
    let position = "<Position2D unit='deg'><Value2><C1>1</C1><C2>2</C2></Value2></Position2D>";
    assert_eq!(placed("TDB-ICRS-BARY", position).position().unwrap().time, None);
    assert!(placed("FK5-UTC-GEO", position).position().unwrap().time.is_some());
}

#[test]
fn a_place_in_three_dimensions_gives_its_direction() {
    let position =
        "<Position3D unit='deg-deg-m'><Value3><C1>10</C1><C2>20</C2><C3>5</C3></Value3></Position3D>";
    let event = placed("UTC-FK5-GEO", position);
    assert_eq!(event.position().map(|one| (one.longitude, one.latitude)), Some((10.0, 20.0)));
}

#[test]
fn xpath_is_answered_within_bounds() {
    let event = fixture("grb.xml");
    assert_eq!(event.xpath("//Param[@name='Trigger_ID']/@value + 1"), Ok(Answer::Number(732.0)));
    assert_eq!(event.xpath("string(@role)"), Ok(Answer::Text("observation".to_owned())));
    assert_eq!(event.xpath("Who/Author/shortName"), Ok(Answer::Nodes(vec!["WFM".to_owned()])));
    assert_eq!(event.xpath("1 = 1"), Ok(Answer::Boolean(true)));
    assert!(matches!(event.xpath("//Param["), Err(QueryError::Expression(_))));
    let dear = "//*[count(//*[count(//*[count(//*) > 1]) > 1]) > 1]";
    assert!(matches!(event.xpath(dear), Err(QueryError::Evaluation(_))));
}

#[test]
fn other_encodings_are_read() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><VOEvent><Who><Date>2026-01-14T10:32:07Z</Date></Who></VOEvent>";
    let bytes: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let bytes = Bytes::from(bytes);
    let event = View::parse(&bytes).unwrap();
    assert_eq!(event.authored().unwrap().to_string(), "2026-01-14T10:32:07Z");
    assert_eq!(authored(&bytes), event.authored());
    assert!(View::parse(&"<VOEvent>".into()).is_err());
    assert!(View::parse(&"<!DOCTYPE a []><a/>".into()).is_err());
}

#[test]
fn a_stream_is_an_identifier_without_its_local_part() {
    assert_eq!(stream("ivo://nasa.gsfc.gcn/SWIFT#BAT_1-2"), "ivo://nasa.gsfc.gcn/SWIFT");
    assert_eq!(stream("ivo://a.b"), "ivo://a.b");
}

#[test]
fn every_packet_of_the_corpus_is_answered() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = option_env!("VOEVENT_CORPUS")
        .map_or_else(|| workspace.with_file_name("shared").join("corpus"), PathBuf::from);
    let mut positions = 0;
    for path in packets(&folder.join("packets")) {
        let bytes = fs::read(&path).unwrap().into();
        let Ok(event) = View::parse(&bytes) else { continue };
        assert_eq!(authored(&bytes), event.authored(), "{}", path.display());
        let _ = (event.params(), event.citations(), event.xpath("count(//Param)"));
        if let Some(position) = event.position() {
            assert!((0.0..360.0).contains(&position.longitude) && position.latitude.abs() <= 90.0);
            positions += 1;
        }
    }
    println!("{positions} packets of {} have a position", folder.display());
    assert!(positions == 0 || positions > 500, "{positions}");
}

fn packets(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        println!("the corpus is absent: there is no folder {}", folder.display());
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { packets(&path) } else { vec![path] }).collect()
}
