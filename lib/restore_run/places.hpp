// What the steps that move files share.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "restore_run/step.hpp"

namespace jujubackup::restore_run {

// Where what shall be at `path` is made, on the same volume: "/a/.b.jujubackup-restore".
std::string half_name(const std::string& path);

// The folders on the way to `paths` that are not there, relative to the root; one before what is in it.
std::set<std::string> missing_parents(const std::vector<std::string>& paths, const StepContext& context);

// A list of texts in what a step prepared. Error(corrupt).
std::set<std::string> names_from(const Value& prepared, std::string_view key);

}  // namespace jujubackup::restore_run
