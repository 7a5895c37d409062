//! Deployment as an operator has it: supervisor and ansible, the released packages, on folders of a test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::peers::venv::{self, Recipe};
use crate::wait::wait_for;

/// How long supervisor may take to come up, or to do what it is asked.
const PATIENCE: Duration = Duration::from_secs(60);

const RECIPE: Recipe = Recipe {
    name: "deploy-venv",
    requirements_in: "deploy",
    requirements: &["requirements.txt"],
    first_run: None,
};

/// The folder `deploy` of this project.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn program(name: &str) -> Result<Command> {
    let folder = venv::open(&RECIPE).context("cannot prepare the tools of deployment")?.folder;
    let mut command = venv::command(&venv::python_in(&folder));
    command.arg(folder.join("bin").join(name)).env("PYTHONUTF8", "1");
    Ok(command)
}

/// A supervisor that runs. Dropping it ends it and what it runs.
#[derive(Debug)]
pub struct Supervisor {
    child: Child,
    config: PathBuf,
}

impl Supervisor {
    /// Starts one in a folder, with all programs whose entries are in another, now or later.
    ///
    /// # Errors
    /// It does not come up.
    pub fn start(folder: &Path, entries: &Path) -> Result<Self> {
        let config = folder.join("supervisord.conf");
        let (at, entries) = (folder.display(), entries.display());
        let text = format!(
            "[supervisord]\nnodaemon=true\nlogfile={at}/supervisord.log\npidfile={at}/supervisord.pid\n\
             [unix_http_server]\nfile={at}/supervisor.sock\n[supervisorctl]\nserverurl=unix://{at}/supervisor.sock\n\
             [rpcinterface:supervisor]\n\
             supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\
             [include]\nfiles={entries}/*.conf\n"
        );
        fs::write(&config, text)?;
        let mut command = program("supervisord")?;
        command.arg("-c").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let supervisor = Self { child: command.spawn().context("cannot start supervisord")?, config };
        wait_for(PATIENCE, "supervisor", || Ok(supervisor.ask(&["pid"]).ok()))?;
        Ok(supervisor)
    }

    /// The command line that asks it.
    ///
    /// # Errors
    /// There are no tools.
    pub fn ctl(&self) -> Result<String> {
        let command = program("supervisorctl")?;
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        Ok(format!("{} -c {}", words.join(" "), self.config.display()))
    }

    /// What it answers.
    ///
    /// # Errors
    /// It refuses.
    pub fn ask(&self, arguments: &[&str]) -> Result<String> {
        let mut command = program("supervisorctl")?;
        let output = command.arg("-c").arg(&self.config).args(arguments).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "supervisorctl {arguments:?}: {said}");
        Ok(said)
    }

    /// The process of a program that is not `but`, once it runs.
    ///
    /// # Errors
    /// It does not come to run.
    pub fn process(&self, name: &str, but: Option<u32>) -> Result<u32> {
        let look = || {
            let said = self.ask(&["pid", name]).unwrap_or_default();
            Ok(said.trim().parse().ok().filter(|process| *process != 0 && Some(*process) != but))
        };
        wait_for(PATIENCE, &format!("{name} under supervisor"), look)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // It ends what it runs, and answers before it is gone; what does not is killed.
        if self.ask(&["shutdown"]).is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// What a run of a playbook came to.
#[derive(Debug)]
pub struct Played {
    /// How many of its steps changed something.
    pub changed: u32,
    /// What it said.
    pub said: String,
}

/// Runs the playbook that ships on this machine, with variables in JSON; `home` is for what ansible keeps.
///
/// # Errors
/// It cannot be run, or a step of it fails.
pub fn play(home: &Path, variables: &serde_json::Value) -> Result<Played> {
    let file = home.join("variables.json");
    fs::write(&file, variables.to_string())?;
    let mut command = program("ansible-playbook")?;
    command.args(["-i", "localhost,", "-c", "local", "site.yml", "-e"]).arg(format!("@{}", file.display()));
    // The machine is this one, and the interpreter that is known to be there is that of the tools.
    let interpreter = format!("ansible_python_interpreter={}", command.get_program().to_string_lossy());
    command.args(["-e", &interpreter]);
    command.current_dir(folder().join("ansible")).stdin(Stdio::null());
    command.env("ANSIBLE_HOME", home.join("ansible")).env("ANSIBLE_LOCALHOST_WARNING", "false");
    command.env("ANSIBLE_NOCOLOR", "1").env("LC_ALL", "C.UTF-8");
    let output = command.output().context("cannot run ansible-playbook")?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if !output.status.success() {
        bail!("the playbook fails:\n{said}");
    }
    let changed = said.rsplit("changed=").next().and_then(|rest| rest.split_whitespace().next());
    let changed = changed.and_then(|count| count.parse().ok()).with_context(|| said.clone())?;
    Ok(Played { changed, said })
}
