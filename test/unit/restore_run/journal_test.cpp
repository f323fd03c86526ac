#include "restore_run/journal.hpp"

#include "run_support.hpp"

using jujubackup::ErrorCode;
using jujubackup::RestoreState;
using jujubackup::StepState;
using jujubackup::Value;
using jujubackup::restore_run::Journal;
using jujubackup::restore_run::JournalEnd;
using jujubackup::restore_run::JournalFile;
using jujubackup::restore_run::JournalHeader;
using jujubackup::restore_run::parse_journal;
using jujubackup::restore_run::read_journal;

namespace {

JournalHeader some_header() {
  JournalHeader header;
  header.kind = jujubackup::RestoreKind::files_only;
  header.source = "backup.tar.gz";
  header.size_bytes = std::uint64_t{1} << 63;
  header.sha256_hex = "abc";
  header.root = "/";
  header.data_dir = "var/lib/juju";
  header.staging_dir = "/tmp";
  header.made = {"/var/lib/juju"};
  header.commands_after = {"juju enable-ha -n 3"};
  header.started = jujubackup::Timestamp::parse_rfc3339("2026-05-01T10:00:00.5Z");
  jujubackup::RestoreStep step;
  step.name = "save-files";
  step.what = "move";
  step.needs = {"a", "b"};
  step.action = jujubackup::SaveFiles{{"a/b"}, "kept"};
  header.steps = {step, step};
  header.steps[1].name = "stop-agent";
  header.steps[1].action = jujubackup::StopAgent{{{"0", "", true}, "jujud-machine-0"}};
  return header;
}

jujubackup::StepReport report_with(const std::string& warning) {
  jujubackup::StepReport report;
  report.warnings = {warning};
  report.machines = {{"3", "77", "10.0.0.3", true, "2 files"}};
  return report;
}

std::string text_of(const std::string& directory) { return test::read_file(jujubackup::restore_run::journal_path(directory)); }

Journal parsed(std::string_view text) {
  std::size_t good = 0;
  auto journal = parse_journal(text, good);
  REQUIRE(journal);
  CHECK(good == text.size());
  return *journal;
}

}  // namespace

TEST_CASE("what was written into a journal is read again") {
  const test::Scratch scratch;
  CHECK_FALSE(read_journal(scratch.path()));
  CHECK(test::error_of([&] { JournalFile{scratch.path()}; })->code() == ErrorCode::not_found);
  {
    JournalFile file(scratch.path(), some_header());
    CHECK((std::filesystem::status(scratch / "journal.jsonl").permissions() & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(file.content().state() == RestoreState::interrupted);
    file.begins(0, Value::Object{{"there", Value::Array{"a/b"}}});
    file.done(0, report_with("careful"));
    file.begins(1, Value());
    file.failed(1, "no\nway");
  }
  const Journal journal = *read_journal(scratch.path());
  CHECK(journal.header.kind == jujubackup::RestoreKind::files_only);
  CHECK(journal.header.size_bytes == std::uint64_t{1} << 63);
  CHECK(journal.header.steps == some_header().steps);
  CHECK(journal.header.made == some_header().made);
  CHECK(journal.header.commands_after == some_header().commands_after);
  CHECK(journal.header.started == some_header().started);
  CHECK(journal.steps[0].state == StepState::done);
  CHECK(write_json(journal.steps[0].prepared) == R"({"there":["a/b"]})");
  CHECK(journal.steps[0].warnings == std::vector<std::string>{"careful"});
  CHECK(journal.steps[0].machines.at(0).text == "2 files");
  CHECK(journal.steps[1].state == StepState::failed);
  CHECK(journal.error == "stop-agent: no\nway");
  CHECK(journal.state() == RestoreState::failed);
  CHECK(journal.last > journal.header.started);

  JournalFile file(scratch.path());
  file.undo_begins();
  CHECK(read_journal(scratch.path())->state() == RestoreState::undo_failed);
  file.undo_failed(1, "not now");
  CHECK(read_journal(scratch.path())->steps[1].state == StepState::undo_failed);
  file.undone(1, {});
  file.undone(0, {"left"});
  file.ended(JournalEnd::undone);
  const Journal end = *read_journal(scratch.path());
  CHECK(end.state() == RestoreState::undone);
  CHECK(end.steps[0].warnings == std::vector<std::string>{"careful", "left"});
  CHECK(end.steps[1].state == StepState::undone);
  CHECK(end.error == "stop-agent: no\nway");
}

TEST_CASE("a journal that is cut anywhere tells what was complete") {
  const test::Scratch scratch;
  JournalFile file(scratch.path(), some_header());
  file.begins(0, Value(1));
  file.done(0, report_with("x"));
  file.begins(1, Value(2));
  file.done(1, report_with("y"));
  file.restored();
  const std::string whole = text_of(scratch.path());
  const std::size_t header_end = whole.find('\n') + 1;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::size_t good = 0;
    const auto journal = parse_journal(std::string_view(whole).substr(0, size), good);
    CHECK(journal.has_value() == (size >= header_end));
    CHECK((good == 0 || whole[good - 1] == '\n'));
    CHECK(good <= size);
    if (journal) CHECK(journal->state() == RestoreState::interrupted);
  }
  CHECK(parsed(whole).state() == RestoreState::restored);
}

TEST_CASE("a journal that was cut goes on after its last complete line") {
  const test::Scratch scratch;
  {
    JournalFile file(scratch.path(), some_header());
    file.begins(0, Value());
  }
  test::write_file(scratch / "journal.jsonl", text_of(scratch.path()) + R"({"event":"done","st)");
  JournalFile file(scratch.path());
  file.done(0, report_with("w"));
  CHECK(parsed(text_of(scratch.path())).steps[0].state == StepState::done);
}

TEST_CASE("what is no journal is said to be corrupt") {
  const test::Scratch scratch;
  JournalFile file(scratch.path(), some_header());
  const std::string header = text_of(scratch.path());
  const std::string at = R"(,"at":"2026-05-01T10:00:00Z"})";
  const std::string bad[] = {
      "\n",
      "{}\n",
      "[]\n",
      "not json\n",
      header + "{}\n",
      header + "\n",
      header + R"({"event":"dances")" + at + "\n",
      header + R"({"event":"begins","step":2,"prepared":null)" + at + "\n",
      header + R"({"event":"begins","step":-1,"prepared":null)" + at + "\n",
      header + R"({"event":"begins","step":0)" + at + "\n",
      header + R"({"event":"done","step":0,"warnings":[],"machines":[])" + at + "\n",
      header + R"({"event":"undone","step":0,"warnings":[])" + at + "\n",
      header + R"({"event":"restored"})" + "\n",
      header + R"({"event":"ended","committed":true)" + at + "\n" + R"({"event":"restored")" + at + "\n",
      header + header,
  };
  for (const std::string& text : bad) {
    CAPTURE(text.substr(text.size() > header.size() ? header.size() : 0));
    std::size_t good = 0;
    const auto error = test::error_of([&] { parse_journal(text, good); });
    REQUIRE(error);
    CHECK(error->code() == ErrorCode::corrupt);
  }
  std::string newer = header;
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
  std::size_t good = 0;
  CHECK(test::error_of([&] { parse_journal(newer, good); })->code() == ErrorCode::unsupported);
}
