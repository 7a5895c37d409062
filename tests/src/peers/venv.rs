//! Makes virtual environments, once for all test processes: that of the peers, and that of the tools of deployment.
//!
//! A file lock lets one process build while others wait. The stamp is written last and holds the requirement
//! files: an environment without it, or with another text in it, is unfinished or outdated and is made anew.
//! Of the interpreters at hand, the first is taken that gives Comet a database faster than `dbm.dumb`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::target;

/// Where to look for an interpreter: as the shell finds it, then where systems put theirs.
const CANDIDATES: [&str; 3] = ["python3", "/usr/bin/python3", "/usr/local/bin/python3"];

/// What is in an environment.
pub(crate) struct Recipe {
    /// Its folder in the target folder.
    pub(crate) name: &'static str,
    /// Where the requirement files are, from this crate's folder.
    pub(crate) requirements_in: &'static str,
    /// The requirement files, in the order of installation.
    pub(crate) requirements: &'static [&'static str],
    /// A program that is run once when all is installed.
    pub(crate) first_run: Option<&'static str>,
}

/// A finished environment.
pub(crate) struct Venv {
    pub(crate) folder: PathBuf,
    pub(super) dbm: String,
}

/// An interpreter on which the environment can be based.
struct Interpreter {
    executable: PathBuf,
    version: String,
    dbm: String,
}

/// Opens an environment, and makes it first if need be.
pub(crate) fn open(recipe: &Recipe) -> Result<Venv> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scripts = project.join("peers");
    let requirements = project.join(recipe.requirements_in);
    let target = target::folder()?;
    fs::create_dir_all(&target)?;
    let folder = target.join(recipe.name);
    let lock = File::create(target.join(format!("{}.lock", recipe.name)))?;
    lock.lock().with_context(|| format!("cannot lock {}.lock", recipe.name))?;

    let mut wanted = String::new();
    for name in recipe.requirements {
        wanted +=
            &fs::read_to_string(requirements.join(name)).with_context(|| format!("cannot read {name}"))?;
    }
    let stamp = folder.join("stamp");
    if let Ok(text) = fs::read_to_string(&stamp)
        && let Some((dbm, made_for)) = text.split_once('\n')
        && made_for == wanted
        && python_in(&folder).exists()
    {
        return Ok(Venv { folder, dbm: dbm.to_owned() });
    }
    let interpreter = choose(&scripts)?;
    build(recipe, &interpreter, &folder, &requirements)?;
    fs::write(&stamp, format!("{}\n{wanted}", interpreter.dbm))?;
    Ok(Venv { folder, dbm: interpreter.dbm })
}

/// The interpreter inside an environment.
pub(crate) fn python_in(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
}

/// A command whose Python is not led astray by the settings of the user.
pub(crate) fn command(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.env_remove("PYTHONHOME").env_remove("PYTHONPATH").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn choose(scripts: &Path) -> Result<Interpreter> {
    let mut slow = None;
    for found in CANDIDATES.iter().filter_map(|python| probe(python, scripts)) {
        if found.dbm != "dbm.dumb" {
            return Ok(found);
        }
        slow.get_or_insert(found);
    }
    slow.with_context(|| {
        format!(
            "none of {CANDIDATES:?} is Python 3.8 or later: install python3 (on Debian also python3-venv)"
        )
    })
}

fn probe(python: &str, scripts: &Path) -> Option<Interpreter> {
    let told = run(command(Path::new(python)).arg(scripts.join("which_dbm.py"))).ok()?;
    let mut lines = told.lines().map(str::to_owned);
    Some(Interpreter { executable: lines.next()?.into(), version: lines.next()?, dbm: lines.next()? })
}

fn build(recipe: &Recipe, interpreter: &Interpreter, folder: &Path, requirements: &Path) -> Result<()> {
    let (python, prefix) = create(interpreter, folder)?;
    for name in recipe.requirements {
        let mut pip = command(&python);
        pip.args(["-m", "pip"]).args(&prefix).args(["--disable-pip-version-check", "install", "--quiet"]);
        pip.args(["--no-deps", "--no-build-isolation", "--requirement"]).arg(requirements.join(name));
        run(&mut pip).with_context(|| format!("cannot install {name}"))?;
    }
    if let Some(program) = recipe.first_run {
        run(command(&python_in(folder)).arg(folder.join("bin").join(program)).arg("--help"))?;
    }
    Ok(())
}

/// Creates an empty environment; returns a Python that has pip, and pip's options to install into that folder.
fn create(interpreter: &Interpreter, folder: &Path) -> Result<(PathBuf, Vec<PathBuf>)> {
    let venv = |options: &[&str]| {
        run(command(&interpreter.executable).args(["-m", "venv", "--clear"]).args(options).arg(folder))
    };
    let Err(fault) = venv(&[]) else {
        return Ok((python_in(folder), Vec::new()));
    };
    // Debian packs ensurepip apart from python3. A pip that can fill other environments (22.3 and later) will do.
    let target = python_in(folder);
    let can_fill = |python: &&str| {
        run(command(Path::new(python)).args(["-m", "pip", "--python"]).arg(&target).arg("--version")).is_ok()
    };
    if venv(&["--without-pip"]).is_ok()
        && let Some(python) = CANDIDATES.into_iter().find(can_fill)
    {
        return Ok((python.into(), vec!["--python".into(), target]));
    }
    // On Debian as root, such as in a container, the package can be had. Elsewhere this fails and changes nothing.
    let apt = |arguments: &[&str]| run(Command::new("apt-get").args(arguments));
    let _ = apt(&["update"]);
    if apt(&["install", "--yes", "python3-venv"]).is_ok() && venv(&[]).is_ok() {
        return Ok((target, Vec::new()));
    }
    let Interpreter { executable, version, .. } = interpreter;
    Err(fault).with_context(|| {
        format!(
            "{executable:?} (Python {version}) cannot make environments: install the package python3-venv"
        )
    })
}

/// Runs a command to its end and returns what it wrote to standard output.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        let told = [output.stdout, output.stderr].concat();
        bail!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&told));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
