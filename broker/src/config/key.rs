//! The options there are: one row each, the same name as a flag and as a key of the file.

/// An option of `philae run`, as `--name` on the command line and `name = ...` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described once, in example.toml")]
pub enum Key {
    LocalIvo,
    Receive,
    ReceiveAllow,
    ReceiveMaxConnections,
    ReceiveMaxPerAddress,
    ReceiveCheck,
    MaxEventSize,
    Broadcast,
    BroadcastAllow,
    BroadcastMaxConnections,
    BroadcastMaxPerAddress,
    BroadcastTestInterval,
    MaxBehind,
    AckTimeout,
    Subscribe,
    Filter,
    SubscribeCheck,
    Handlers,
    Cmd,
    PrintEvent,
    SaveEvent,
    SaveEventDirectory,
    DataDir,
    Retention,
    MinFree,
    Admin,
    NoAdmin,
    AdminAllow,
    AdminName,
    AdminTokenFile,
    Grace,
    Verbose,
    LogFormat,
    NoSandbox,
}

/// What the value of an option looks like in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One text.
    Text,
    /// One whole number.
    Count,
    /// One number of seconds, or text with a unit.
    Duration,
    /// One number of bytes, or text with a unit.
    Size,
    /// True or false.
    Switch,
    /// One text, or a date and time without quotes.
    Moment,
    /// A list of texts.
    Texts,
    /// One endpoint, where a bare number is a port.
    Endpoint,
    /// A list of those.
    Endpoints,
}

impl Key {
    /// Every option, in the order of the example.
    pub const ALL: [Self; 34] = [
        Self::LocalIvo,
        Self::Receive,
        Self::ReceiveAllow,
        Self::ReceiveMaxConnections,
        Self::ReceiveMaxPerAddress,
        Self::ReceiveCheck,
        Self::MaxEventSize,
        Self::Broadcast,
        Self::BroadcastAllow,
        Self::BroadcastMaxConnections,
        Self::BroadcastMaxPerAddress,
        Self::BroadcastTestInterval,
        Self::MaxBehind,
        Self::AckTimeout,
        Self::Subscribe,
        Self::Filter,
        Self::SubscribeCheck,
        Self::Handlers,
        Self::Cmd,
        Self::PrintEvent,
        Self::SaveEvent,
        Self::SaveEventDirectory,
        Self::DataDir,
        Self::Retention,
        Self::MinFree,
        Self::Admin,
        Self::NoAdmin,
        Self::AdminAllow,
        Self::AdminName,
        Self::AdminTokenFile,
        Self::Grace,
        Self::Verbose,
        Self::LogFormat,
        Self::NoSandbox,
    ];

    /// The name, Comet's name where that is another, and the shape of the value.
    const fn row(self) -> (&'static str, Option<&'static str>, Shape) {
        match self {
            Self::LocalIvo => ("local-ivo", None, Shape::Text),
            Self::Receive => ("receive", None, Shape::Endpoints),
            Self::ReceiveAllow => ("receive-allow", Some("receive-whitelist"), Shape::Texts),
            Self::ReceiveMaxConnections => ("receive-max-connections", None, Shape::Count),
            Self::ReceiveMaxPerAddress => ("receive-max-per-address", None, Shape::Count),
            Self::ReceiveCheck => ("receive-check", None, Shape::Text),
            Self::MaxEventSize => ("max-event-size", None, Shape::Size),
            Self::Broadcast => ("broadcast", None, Shape::Endpoints),
            Self::BroadcastAllow => ("broadcast-allow", Some("broadcast-whitelist"), Shape::Texts),
            Self::BroadcastMaxConnections => ("broadcast-max-connections", None, Shape::Count),
            Self::BroadcastMaxPerAddress => ("broadcast-max-per-address", None, Shape::Count),
            Self::BroadcastTestInterval => ("broadcast-test-interval", None, Shape::Duration),
            Self::MaxBehind => ("max-behind", None, Shape::Count),
            Self::AckTimeout => ("ack-timeout", None, Shape::Duration),
            Self::Subscribe => ("subscribe", None, Shape::Texts),
            Self::Filter => ("filter", None, Shape::Texts),
            Self::SubscribeCheck => ("subscribe-check", None, Shape::Text),
            Self::Handlers => ("handlers", None, Shape::Texts),
            Self::Cmd => ("cmd", None, Shape::Texts),
            Self::PrintEvent => ("print-event", None, Shape::Switch),
            Self::SaveEvent => ("save-event", None, Shape::Switch),
            Self::SaveEventDirectory => ("save-event-directory", None, Shape::Text),
            Self::DataDir => ("data-dir", Some("eventdb"), Shape::Text),
            Self::Retention => ("retention", None, Shape::Duration),
            Self::MinFree => ("min-free", None, Shape::Size),
            Self::Admin => ("admin", None, Shape::Endpoint),
            Self::NoAdmin => ("no-admin", None, Shape::Switch),
            Self::AdminAllow => ("admin-allow", None, Shape::Texts),
            Self::AdminName => ("admin-name", None, Shape::Texts),
            Self::AdminTokenFile => ("admin-token-file", None, Shape::Text),
            Self::Grace => ("grace", None, Shape::Duration),
            Self::Verbose => ("verbose", None, Shape::Count),
            Self::LogFormat => ("log-format", None, Shape::Text),
            Self::NoSandbox => ("no-sandbox", None, Shape::Switch),
        }
    }

    /// The name of the option.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Comet's name for the option, where that is another.
    #[must_use]
    pub const fn alias(self) -> Option<&'static str> {
        self.row().1
    }

    pub(super) const fn shape(self) -> Shape {
        self.row().2
    }

    /// The option of this very name or alias.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name || key.alias() == Some(name))
    }

    /// The option that was most likely meant, and the name that is near, should there be one.
    pub(super) fn nearest(name: &str) -> Option<(Self, &'static str)> {
        let names = Self::ALL.into_iter().flat_map(|key| {
            [Some(key.name()), key.alias()].into_iter().flatten().map(move |name| (key, name))
        });
        nearest(name, names)
    }
}

/// The one of some names that was most likely meant by `name`, should one be near.
pub(crate) fn nearest<T>(
    name: &str,
    names: impl Iterator<Item = (T, &'static str)>,
) -> Option<(T, &'static str)> {
    names
        .map(|(key, near)| (strsim::osa_distance(name, near), (key, near)))
        .filter(|(distance, (_, near))| *distance <= near.len().div_ceil(4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, found)| found)
}

impl Shape {
    /// What to write as the value of the key.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Texts => r#"a list such as ["..."]"#,
            Self::Endpoints => r#"a list such as ["tcp:8098"]"#,
            Self::Text
            | Self::Count
            | Self::Duration
            | Self::Size
            | Self::Switch
            | Self::Moment
            | Self::Endpoint => self.expected_within(),
        }
    }

    /// What to write as the value, or as each value of a list.
    pub(crate) const fn expected_within(self) -> &'static str {
        match self {
            Self::Text | Self::Texts => "text in quotes",
            Self::Count => "a whole number without quotes",
            Self::Duration => r#"a number of seconds, or text such as "30s""#,
            Self::Size => r#"a number of bytes, or text such as "1MiB""#,
            Self::Switch => "true or false without quotes",
            Self::Moment => "text in quotes, or a date and time",
            Self::Endpoint | Self::Endpoints => r#"a port, or text such as "tcp:8098""#,
        }
    }

    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Endpoints)
    }

    pub(crate) const fn takes_text(self) -> bool {
        !matches!(self, Self::Count | Self::Switch)
    }

    pub(crate) const fn takes_number(self) -> bool {
        !matches!(self, Self::Text | Self::Texts | Self::Switch | Self::Moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_found_by_its_names() {
        for key in Key::ALL {
            assert_eq!(Key::find(key.name()), Some(key));
            assert_eq!(key.alias().and_then(Key::find), key.alias().map(|_| key));
        }
    }

    #[test]
    fn a_misspelt_option_is_recognised_and_a_strange_one_is_not() {
        assert_eq!(Key::nearest("recieve"), Some((Key::Receive, "receive")));
        assert_eq!(Key::nearest("receive_whitelist"), Some((Key::ReceiveAllow, "receive-whitelist")));
        assert_eq!(Key::nearest("pidfile"), None);
        assert_eq!(Key::nearest("umask"), None);
    }
}
