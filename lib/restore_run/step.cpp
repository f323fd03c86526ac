#include "restore_run/step.hpp"

#include "machine/place.hpp"

namespace jujubackup::restore_run {

std::string StepContext::at(const std::string& path) const { return machine::under(root, path); }

std::string StepContext::kept_path(const std::string& name) const { return work_dir + "/step-" + std::to_string(index) + "-" + name; }

}  // namespace jujubackup::restore_run
