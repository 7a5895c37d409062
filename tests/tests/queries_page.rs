//! The page on queries: each question on it gets, from the month of the corpus, the answer that stands there.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::path::Path;
use std::process::Command;

use system_tests::philae::binary;
use system_tests::site::Site;
use system_tests::{corpus, fixtures};

const PAGE: &str = include_str!("../../broker/QUERIES.md");

/// Each question as a shell takes it, and the answer.
fn questions() -> Vec<(String, String)> {
    let blocks = PAGE.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let question = |block: &str| {
        // Lines that belong to a question are indented; no answer's are.
        let (asked, answer): (Vec<&str>, Vec<&str>) =
            block.lines().partition(|line| line.starts_with("$ ") || line.starts_with("    "));
        let answer = answer.into_iter().map(|line| format!("{line}\n")).collect();
        (asked.join("\n").strip_prefix("$ ").unwrap().to_owned(), answer)
    };
    blocks.map(question).collect()
}

/// What a shell prints for a question to a data folder.
fn ask(question: &str, data: &Path) -> String {
    let script = format!("philae() {{ \"$PHILAE\" \"$@\" --data-dir \"$DATA\"; }}\n{question}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("PHILAE", binary().unwrap()).env("DATA", data);
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{question}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_question_of_the_page_has_the_answer_that_stands_there() {
    let questions = questions();
    assert!(questions.len() >= 8, "{} questions", questions.len());
    let folder = tempfile::tempdir().unwrap();
    let month = corpus::folder().map(|corpus| corpus::unpack_month(&corpus, folder.path()).unwrap());
    let mut site = Site::start(&["--receive-check", "well-formed"]).unwrap();
    site.submit(month.as_deref().unwrap_or(&fixtures::ALL.map(<[u8]>::to_vec))).unwrap();
    site.end_by("TERM").unwrap();
    for (question, answer) in questions {
        if month.is_some() {
            assert_eq!(ask(&question, site.folder()), answer, "{question}");
        }
    }
}
