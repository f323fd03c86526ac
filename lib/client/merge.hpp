// Taking single controllers over from one of Juju's YAML files into another.
//
// The four files (controllers.yaml, accounts.yaml, models.yaml, bootstrap-config.yaml) have one shape: a mapping `controllers` with an
// entry for each name, and some keys beside it. Texts are read and written again as Juju does it, so comments and the layout are lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/client_backup.hpp>

namespace jujubackup::client {

struct MergedFile {
  std::string text;      // the whole file
  bool changed = false;  // it says something else than `here`
};

// `here` with the entries of the named controllers as `backup` has them; a name that `backup` does not have keeps what `here` has. An
// empty text is an empty file. Error(corrupt), Error(limit) as of files.hpp, with nothing of the text in it.
MergedFile merge_controllers(std::string_view here, std::string_view backup, const std::vector<std::string>& names);

// The names under `controllers`, sorted.
std::vector<std::string> controller_names(std::string_view text);

// How the entry of one controller differs; nothing if neither has it.
std::optional<ClientDifference> compare_controller(std::string_view here, std::string_view backup, std::string_view name);

}  // namespace jujubackup::client
