// The journal of a restore: what is read of it says the same again when it is cut behind any of its lines, and never more than it did.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <jujubackup/error.hpp>

#include "restore_run/journal.hpp"
#include "restore_run/state.hpp"

namespace {

using jujubackup::ErrorCode;
using jujubackup::restore_run::Journal;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check(const Journal& journal) {
  require(journal.steps.size() == journal.header.steps.size(), "as many states as steps");
  const jujubackup::RestoreReport report = jujubackup::restore_run::report_of(journal, "/work");
  require(report.steps.size() == journal.steps.size(), "as many reports as steps");
  require(!to_text(report).empty() && !to_json(report).empty(), "a text of it");
  for (std::size_t i = 0; i < journal.steps.size(); ++i) {
    if (jujubackup::restore_run::needs_undo(journal, i)) require(journal.steps[i].begun, "nothing is undone that was not begun");
    jujubackup::restore_run::is_moot(journal, i);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    std::size_t good = 0;
    const auto journal = jujubackup::restore_run::parse_journal(text, good);
    require(good <= size && (good == 0 || text[good - 1] == '\n'), "it ends behind a line");
    require(journal.has_value() == (good != 0), "a journal has a head");
    if (!journal) return 0;
    check(*journal);
    std::size_t again = 0;
    require(jujubackup::restore_run::parse_journal(text.substr(0, good), again).has_value() && again == good, "the same without the rest");
  } catch (const jujubackup::Error& error) {
    const ErrorCode code = error.code();
    require(code == ErrorCode::corrupt || code == ErrorCode::limit || code == ErrorCode::unsupported, error.what());
  }
  return 0;
}
