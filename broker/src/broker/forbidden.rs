//! The broker's own, which no handler is ever granted.

use std::path::Path;

use crate::config::Config;
use crate::handlers::Forbidden;

/// What no handler is granted by a broker with this configuration.
pub(crate) fn forbidden(config: &Config) -> Forbidden {
    Forbidden {
        data: Some(config.store.data_dir.clone()),
        handlers: config.handlers.folders.clone(),
        sockets: config.socket_folders().map(Path::to_owned).collect(),
        token: config.admin.as_ref().and_then(|admin| admin.token_file.clone()),
        reach: None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{Environment, Given};
    use crate::handlers::Settings;

    /// What is wrong with settings that grant a folder, in the words of whoever reads them.
    fn fault(folder: &Path, config: &Config) -> String {
        let text = format!("grants.folders = [{{ host = '{}', guest = '/g' }}]", folder.display());
        let parsed = Settings::parse("a.toml", &text, &forbidden(config));
        parsed.map_or_else(|faults| faults.to_string(), |_| "none".to_owned())
    }

    #[test]
    fn a_broker_grants_none_of_its_folders_and_not_that_of_its_token() {
        let site = tempfile::tempdir().unwrap();
        let at = |name: &str| site.path().join(name);
        for folder in ["data", "handlers", "run", "page", "etc/lists"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        let root = site.path().display();
        let toml = format!(
            "local-ivo = 'ivo://a.b/c'\nbroadcast = ['unix:{root}/run/out']\nadmin = 'unix:{root}/page/socket'\n\
             data-dir = '{root}/data'\nhandlers = ['{root}/handlers']\nadmin-token-file = '{root}/etc/token'"
        );
        let config = Config::check(Given::from_toml("p.toml", &toml), &Environment::default()).unwrap();
        for (folder, what) in [
            ("data", "is the broker's data folder"),
            ("handlers", "is a handlers folder"),
            ("run", "is the folder of the broker's sockets"),
            ("page", "is the folder of the broker's sockets"),
            ("etc", "holds the status page's token"),
            ("etc/lists", "none"),
        ] {
            let fault = fault(&at(folder), &config);
            assert!(fault.contains(what), "{folder}: {fault}");
        }
    }
}
