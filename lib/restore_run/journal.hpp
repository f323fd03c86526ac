// What a restore wrote down of itself: one JSON object in each line of journal.jsonl in the work directory, added and made durable before
// (begins) and after (the rest) what it tells of. No line holds a secret.
//
// The first line is the header. A last line without its newline was being written when the process ended, and is not there; anything else
// that cannot be read is Error(corrupt).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/restore_run.hpp>

#include "base/json.hpp"
#include "io/fd.hpp"

namespace jujubackup::restore_run {

struct JournalHeader {
  RestoreKind kind = RestoreKind::database_only;
  std::string source;  // the archive's name
  std::uint64_t size_bytes = 0;
  std::string sha256_hex;
  std::string root, data_dir, staging_dir;
  std::vector<std::string> made;  // directories on the way to the work directory, as the process saw them, the outermost first
  std::vector<RestoreStep> steps;
  std::vector<std::string> commands_after;
  Timestamp started;
};

struct JournalStep {
  StepState state = StepState::pending;
  bool begun = false;  // `prepared` is known, and act may have been called
  Value prepared;
  std::string message;
  std::vector<std::string> warnings;
  std::vector<MachineReport> machines;
};

enum class JournalEnd : std::int32_t { none = 0, committed = 1, undone = 2 };

struct Journal {
  JournalHeader header;
  std::vector<JournalStep> steps;  // as many as the header's
  bool restored = false;           // every step is done
  bool undoing = false;            // from then on there is no way but back
  JournalEnd end = JournalEnd::none;
  std::string error;  // the first failure
  Timestamp last;     // of the last line

  RestoreState state() const noexcept;
};

// Nothing if not even the header is complete. `good_bytes`: where the last complete line ends.
std::optional<Journal> parse_journal(std::string_view text, std::size_t& good_bytes);

std::string journal_path(const std::string& work_dir);
// Nothing if there is none.
std::optional<Journal> read_journal(const std::string& work_dir);

class JournalFile {
 public:
  // A new one, in a directory that is there; what a process left that ended before the header was complete is replaced.
  JournalFile(const std::string& work_dir, const JournalHeader& header);
  // Goes on with the one that is there; Error(not_found).
  explicit JournalFile(const std::string& work_dir);

  const Journal& content() const noexcept { return journal_; }

  // Each is on disk when it returns; after an Error the journal is as before.
  void begins(std::size_t step, const Value& prepared);
  void done(std::size_t step, const StepReport& report);
  void failed(std::size_t step, const std::string& message);
  void restored();
  void undo_begins();
  void undone(std::size_t step, const std::vector<std::string>& warnings);
  void undo_failed(std::size_t step, const std::string& message);
  void ended(JournalEnd end);

 private:
  void append(Value::Object line);
  void write(const Value& line);

  std::string path_;
  Fd file_;
  std::uint64_t size_bytes_ = 0;
  bool broken_ = false;  // half a line could not be taken back
  Journal journal_;
};

}  // namespace jujubackup::restore_run
