#include "restore_run/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/temp_file.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"
#include "restore/step_json.hpp"

namespace jujubackup::restore_run {
namespace {

constexpr std::int64_t format = 1;
constexpr std::size_t max_journal_bytes = std::size_t{64} << 20;
constexpr std::size_t max_values = 2'000'000;  // of one line
constexpr std::size_t max_lines = 100'000;

[[noreturn]] void wrong(std::string_view what) {
  throw Error(ErrorCode::corrupt, "the journal of a restore: " + std::string(what) + " is missing or of another kind");
}

const Value& member(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr) wrong(key);
  return *value;
}

const std::string& text(const Value& object, std::string_view key) {
  const std::string* found = member(object, key).string();
  if (found == nullptr) wrong(key);
  return *found;
}

bool flag(const Value& object, std::string_view key) {
  const bool* found = member(object, key).boolean();
  if (found == nullptr) wrong(key);
  return *found;
}

std::uint64_t number(const Value& object, std::string_view key) {
  const Value& value = member(object, key);
  if (value.unsigned_integer() != nullptr) return *value.unsigned_integer();
  if (value.integer() == nullptr || *value.integer() < 0) wrong(key);
  return static_cast<std::uint64_t>(*value.integer());
}

const Value::Array& array(const Value& object, std::string_view key) {
  const Value::Array* found = member(object, key).array();
  if (found == nullptr) wrong(key);
  return *found;
}

std::vector<std::string> texts(const Value& object, std::string_view key) {
  std::vector<std::string> items;
  for (const Value& item : array(object, key)) {
    if (item.string() == nullptr) wrong(key);
    items.push_back(*item.string());
  }
  return items;
}

Value value_of(const std::vector<std::string>& items) {
  Value::Array values;
  for (const std::string& item : items) values.emplace_back(item);
  return values;
}

Value value_of(const std::vector<MachineReport>& machines) {
  Value::Array values;
  for (const MachineReport& machine : machines) {
    values.emplace_back(Value::Object{{"machine", machine.machine_id},
                                      {"model-uuid", machine.model_uuid},
                                      {"address", machine.address},
                                      {"updated", machine.updated},
                                      {"text", machine.text}});
  }
  return values;
}

std::vector<MachineReport> machines_from(const Value& object) {
  std::vector<MachineReport> machines;
  for (const Value& each : array(object, "machines")) {
    machines.push_back({text(each, "machine"), text(each, "model-uuid"), text(each, "address"), flag(each, "updated"), text(each, "text")});
  }
  return machines;
}

Value value_of(const JournalHeader& header) {
  Value::Array steps;
  for (const RestoreStep& step : header.steps) steps.push_back(restore::value_of(step));
  return Value::Object{{"format", format},
                       {"kind", name_of(header.kind)},
                       {"source", header.source},
                       {"size-bytes", header.size_bytes},
                       {"sha256", header.sha256_hex},
                       {"root", header.root},
                       {"data-dir", header.data_dir},
                       {"staging-dir", header.staging_dir},
                       {"made", value_of(header.made)},
                       {"steps", std::move(steps)},
                       {"commands-after", value_of(header.commands_after)},
                       {"at", header.started.rfc3339()}};
}

JournalHeader header_from(const Value& line) {
  if (number(line, "format") != format) {
    throw Error(ErrorCode::unsupported, "the journal of a restore was written by another version of this library");
  }
  JournalHeader header;
  const auto kind = restore_kind_named(text(line, "kind"));
  if (!kind) wrong("kind");
  header.kind = *kind;
  header.source = text(line, "source");
  header.size_bytes = number(line, "size-bytes");
  header.sha256_hex = text(line, "sha256");
  header.root = text(line, "root");
  header.data_dir = text(line, "data-dir");
  header.staging_dir = text(line, "staging-dir");
  header.made = texts(line, "made");
  for (const Value& step : array(line, "steps")) header.steps.push_back(restore::step_from(step));
  header.commands_after = texts(line, "commands-after");
  header.started = Timestamp::parse_rfc3339(text(line, "at"));
  return header;
}

Journal started(JournalHeader header) {
  Journal journal;
  journal.steps.resize(header.steps.size());
  journal.last = header.started;
  journal.header = std::move(header);
  return journal;
}

JournalStep& step_of(Journal& journal, const Value& line, bool must_have_begun) {
  const std::uint64_t index = number(line, "step");
  if (index >= journal.steps.size()) wrong("step");
  JournalStep& step = journal.steps[static_cast<std::size_t>(index)];
  if (must_have_begun && !step.begun) wrong("what begins a step");
  return step;
}

void note_failure(Journal& journal, const Value& line, JournalStep& step) {
  step.message = text(line, "message");
  const auto index = static_cast<std::size_t>(&step - journal.steps.data());
  if (journal.error.empty()) journal.error = journal.header.steps[index].name + ": " + step.message;
}

void add_to(std::vector<std::string>& items, std::vector<std::string> more) {
  std::move(more.begin(), more.end(), std::back_inserter(items));
}

// What a line says, into what is known; the same for lines that are written and lines that are read.
void apply(Journal& journal, const Value& line) {
  if (journal.end != JournalEnd::none) wrong("the end");
  const std::string& event = text(line, "event");
  if (event == "begins") {
    JournalStep& step = step_of(journal, line, false);
    step.prepared = member(line, "prepared");
    step.begun = true;
    step.state = StepState::begun;
  } else if (event == "done") {
    JournalStep& step = step_of(journal, line, true);
    step.warnings = texts(line, "warnings");
    step.machines = machines_from(line);
    step.message.clear();
    step.state = StepState::done;
  } else if (event == "failed") {
    JournalStep& step = step_of(journal, line, false);
    note_failure(journal, line, step);
    step.state = StepState::failed;
  } else if (event == "restored") {
    journal.restored = true;
    journal.error.clear();
  } else if (event == "undo-begins") {
    journal.undoing = true;
  } else if (event == "undone") {
    JournalStep& step = step_of(journal, line, true);
    add_to(step.warnings, texts(line, "warnings"));
    // Of an undo that failed at first.
    if (step.state == StepState::undo_failed) step.message.clear();
    step.state = StepState::undone;
  } else if (event == "undo-failed") {
    JournalStep& step = step_of(journal, line, true);
    note_failure(journal, line, step);
    step.state = StepState::undo_failed;
  } else if (event == "ended") {
    journal.end = flag(line, "committed") ? JournalEnd::committed : JournalEnd::undone;
  } else {
    wrong("event");
  }
  journal.last = Timestamp::parse_rfc3339(text(line, "at"));
}

Value parse_line(std::string_view line) {
  TextLimits limits;
  limits.max_bytes = max_journal_bytes;
  limits.max_values = max_values;
  return parse_json(line, limits);
}

std::string read_text(const std::string& work_dir) { return read_small_file(journal_path(work_dir), max_journal_bytes); }

template <typename F>
auto in_journal(const std::string& path, F&& f) {
  try {
    return f();
  } catch (Error& error) {
    error.add_context("reading " + path);
    throw;
  }
}

}  // namespace

RestoreState Journal::state() const noexcept {
  if (end == JournalEnd::committed) return RestoreState::committed;
  if (end == JournalEnd::undone) return RestoreState::undone;
  if (undoing) return RestoreState::undo_failed;
  if (restored) return RestoreState::restored;
  const bool has_failed = std::any_of(steps.begin(), steps.end(), [](const JournalStep& step) { return step.state == StepState::failed; });
  return has_failed ? RestoreState::failed : RestoreState::interrupted;
}

std::optional<Journal> parse_journal(std::string_view text, std::size_t& good_bytes) {
  good_bytes = 0;
  if (text.size() > max_journal_bytes) throw Error(ErrorCode::limit, "the journal of a restore is too long");
  std::optional<Journal> journal;
  std::size_t lines = 0;
  for (;;) {
    const std::size_t end = text.find('\n', good_bytes);
    if (end == std::string_view::npos) return journal;
    if (++lines > max_lines) throw Error(ErrorCode::limit, "the journal of a restore has too many lines");
    const Value line = parse_line(text.substr(good_bytes, end - good_bytes));
    if (journal) {
      apply(*journal, line);
    } else {
      journal = started(header_from(line));
    }
    good_bytes = end + 1;
  }
}

std::string journal_path(const std::string& work_dir) { return work_dir + "/journal.jsonl"; }

std::optional<Journal> read_journal(const std::string& work_dir) {
  const std::string path = journal_path(work_dir);
  if (look_at(path).kind == FileKind::missing) return std::nullopt;
  std::size_t good_bytes = 0;
  return in_journal(path, [&] { return parse_journal(read_text(work_dir), good_bytes); });
}

JournalFile::JournalFile(const std::string& work_dir, const JournalHeader& header)
    : path_(journal_path(work_dir)), journal_(started(JournalHeader(header))) {
  if (::unlinkat(AT_FDCWD, path_.c_str(), 0) != 0 && errno != ENOENT) throw Error::from_errno(errno, "removing " + path_);
  file_ = Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_) throw Error::from_errno(errno, "making " + path_);
  write(value_of(header));
  sync_directory_of(path_);
}

JournalFile::JournalFile(const std::string& work_dir) : path_(journal_path(work_dir)) {
  if (look_at(path_).kind == FileKind::missing) throw Error(ErrorCode::not_found, "there is no restore in " + work_dir);
  std::size_t good_bytes = 0;
  auto journal = in_journal(path_, [&] { return parse_journal(read_text(work_dir), good_bytes); });
  if (!journal) throw Error(ErrorCode::not_found, "there is no restore in " + work_dir);
  journal_ = *std::move(journal);
  file_ = Fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
  if (!file_) throw Error::from_errno(errno, "opening " + path_);
  // What a process that was killed had not written to its end.
  if (::ftruncate(file_.get(), static_cast<off_t>(good_bytes)) != 0) throw Error::from_errno(errno, "cutting " + path_);
  size_bytes_ = good_bytes;
}

void JournalFile::write(const Value& line) {
  if (broken_) throw Error(ErrorCode::io, path_ + ": cannot be written to since it failed before");
  const std::string text = write_json(line) + "\n";
  try {
    if (size_bytes_ + text.size() > max_journal_bytes) throw Error(ErrorCode::limit, path_ + ": becomes too long");
    write_all(file_.get(), std::as_bytes(std::span(text)), path_);
    sync_fd(file_.get(), path_);
  } catch (const Error&) {
    // The next line must not go on with half of this one.
    broken_ = ::ftruncate(file_.get(), static_cast<off_t>(size_bytes_)) != 0;
    throw;
  }
  size_bytes_ += text.size();
}

void JournalFile::append(Value::Object line) {
  line.emplace_back("at", Timestamp::now().rfc3339());
  const Value value(std::move(line));
  write(value);
  apply(journal_, value);
}

void JournalFile::begins(std::size_t step, const Value& prepared) {
  append({{"event", "begins"}, {"step", std::uint64_t{step}}, {"prepared", prepared}});
}

void JournalFile::done(std::size_t step, const StepReport& report) {
  append(
      {{"event", "done"}, {"step", std::uint64_t{step}}, {"warnings", value_of(report.warnings)}, {"machines", value_of(report.machines)}});
}

void JournalFile::failed(std::size_t step, const std::string& message) {
  append({{"event", "failed"}, {"step", std::uint64_t{step}}, {"message", message}});
}

void JournalFile::restored() { append({{"event", "restored"}}); }
void JournalFile::undo_begins() { append({{"event", "undo-begins"}}); }

void JournalFile::undone(std::size_t step, const std::vector<std::string>& warnings) {
  append({{"event", "undone"}, {"step", std::uint64_t{step}}, {"warnings", value_of(warnings)}});
}

void JournalFile::undo_failed(std::size_t step, const std::string& message) {
  append({{"event", "undo-failed"}, {"step", std::uint64_t{step}}, {"message", message}});
}

void JournalFile::ended(JournalEnd end) { append({{"event", "ended"}, {"committed", end == JournalEnd::committed}}); }

}  // namespace jujubackup::restore_run
