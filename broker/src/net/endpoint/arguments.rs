//! The arguments of a Twisted endpoint description: colon-separated, by position or by name, with backslash escapes.

use super::EndpointError;

/// Assigns the arguments to the parts that a form has, in the order in which Twisted takes them by position.
///
/// A value that begins with `/` is a path, and may hold `=` as it is.
///
/// # Errors
/// An [`EndpointError`] for an unknown or repeated part, one too many, or a backslash at the end.
pub(super) fn assign<const N: usize>(
    text: &str,
    names: [&'static str; N],
) -> Result<[Option<String>; N], EndpointError> {
    let mut values = [const { None }; N];
    let mut position = 0;
    for Argument { name, value } in split(text)? {
        let place = match &name {
            Some(name) => names.iter().position(|known| known == name),
            None => Some(position),
        };
        let slot = place.and_then(|at| values.get_mut(at).zip(names.get(at)));
        match (slot, name) {
            (Some((Some(_), key)), _) => return Err(EndpointError::Twice { key }),
            (Some((slot, _)), name) => {
                *slot = Some(value);
                position += usize::from(name.is_none());
            }
            (None, Some(key)) => return Err(EndpointError::Key { key, known: names.join(", ") }),
            (None, None) => return Err(EndpointError::Excess { part: value }),
        }
    }
    Ok(values)
}

/// Writes a value so that [`assign`] reads it back.
pub(super) fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ':' | '=') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[derive(Default)]
struct Argument {
    name: Option<String>,
    value: String,
}

fn split(text: &str) -> Result<Vec<Argument>, EndpointError> {
    let mut done = Vec::new();
    let mut current = Argument::default();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => current.value.push(chars.next().ok_or(EndpointError::Escape)?),
            ':' => done.push(std::mem::take(&mut current)),
            '=' if current.name.is_none() && !current.value.starts_with('/') => {
                current.name = Some(std::mem::take(&mut current.value));
            }
            _ => current.value.push(c),
        }
    }
    done.push(current);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<[Option<String>; 2], EndpointError> {
        assign(text, ["port", "interface"])
    }

    #[test]
    fn positions_and_names_fill_the_same_parts() {
        let wanted = Ok([Some("8098".to_owned()), Some("::1".to_owned())]);
        for text in [r"8098:\:\:1", r"8098:interface=\:\:1", r"interface=\:\:1:port=8098"] {
            assert_eq!(parts(text), wanted, "{text}");
        }
    }

    #[test]
    fn each_fault_names_its_part() {
        assert_eq!(parts("1:port=2"), Err(EndpointError::Twice { key: "port" }));
        assert_eq!(parts("1:2:3"), Err(EndpointError::Excess { part: "3".to_owned() }));
        assert_eq!(parts("1\\"), Err(EndpointError::Escape));
        let error = parts("8098:backlog=50").unwrap_err().to_string();
        assert_eq!(
            error,
            "'backlog' is no part of such an endpoint; remove it, the known parts are port, interface"
        );
    }
}
