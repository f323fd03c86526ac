#include <fmt/format.h>

#include <jujubackup/metadata.hpp>

#include "base/text.hpp"

namespace jujubackup {
namespace {

// Juju has no text for what is only in records made from a file; the number itself would mislead.
std::string number_text(std::int64_t number) {
  return number == metadata_unknown_integer ? std::string(metadata_unknown_string) : std::to_string(number);
}

}  // namespace

std::string text_2_0(const Metadata& metadata) {
  std::string out;
  out += fmt::format("backup ID:       {}\n", go_quote(metadata.id));
  out += fmt::format("checksum:        {}\n", go_quote(metadata.checksum));
  out += fmt::format("checksum format: {}\n", go_quote(metadata.checksum_format));
  out += fmt::format("size (B):        {}\n", metadata.size_bytes);
  out += fmt::format("stored:          {}\n", metadata.stored.go_string());
  out += fmt::format("started:         {}\n", metadata.started.go_string());
  out += fmt::format("finished:        {}\n", metadata.finished.go_string());
  out += fmt::format("notes:           {}\n", go_quote(metadata.notes));
  out += fmt::format("model ID:        {}\n", go_quote(metadata.model_uuid));
  out += fmt::format("machine ID:      {}\n", go_quote(metadata.machine));
  out += fmt::format("created on host: {}\n", go_quote(metadata.hostname));
  out += fmt::format("juju version:    {}\n", metadata.version.to_string());
  return out;
}

std::string text_2_8(const Metadata& metadata, bool with_id) {
  const bool is_ha = metadata.ha_nodes > 1 && metadata.ha_nodes != metadata_unknown_integer;
  std::string out;
  // Nothing is quoted here, so a value that could move a terminal or add a line is made harmless. The space at the end of
  // most lines is Juju's.
  const auto line = [&out](std::string_view label, std::string_view value) { out += fmt::format("{:<23}{} \n", label, printable(value)); };

  out += '\n';
  if (with_id) line("backup ID:", metadata.id);
  line("backup format version:", number_text(metadata.format_version));
  line("juju version:", metadata.version.to_string());
  if (metadata.base) {
    line("base:", *metadata.base);
  } else {
    line("series:", metadata.series.value_or(""));
  }

  out += fmt::format("\n{:<23}{}", "controller UUID:", printable(metadata.controller_uuid));
  if (is_ha) out += fmt::format(" \n{:<23}{}", "controllers in HA:", metadata.ha_nodes);
  out += '\n';
  line("model UUID:", metadata.model_uuid);
  line("machine ID:", metadata.machine);
  line("created on host:", metadata.hostname);

  out += '\n';
  line("checksum:", metadata.checksum);
  line("checksum format:", metadata.checksum_format);
  line("size (B):", std::to_string(metadata.size_bytes));
  line("stored:", metadata.stored.go_string());
  line("started:", metadata.started.go_string());
  line("finished:", metadata.finished.go_string());

  out += '\n';
  line("notes:", metadata.notes);
  return out;
}

}  // namespace jujubackup
