#include <algorithm>
#include <iterator>
#include <string_view>

#include <jujubackup/archive_writer.hpp>
#include <jujubackup/machine.hpp>

#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::ArchiveInput;
using jujubackup::InputFile;

namespace {

// The writer would find out as well, but long after the caller who can tell where the name came from.
std::string require_name(const char* given) {
  std::string name = capi::require_text(given, "name");
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = std::string_view(name).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") capi::refuse("name is absolute or has a part that is empty, . or ..");
    begin = end + 1;
  }
  return name;
}

std::int32_t add(jjb_archive_input* handle, std::vector<InputFile> ArchiveInput::*list, const char* disk_path, const char* name,
                 bool required) {
  return guard(nullptr, [&] {
    ArchiveInput& input = capi::require(handle, "input").input;
    (input.*list).push_back({capi::require_text(disk_path, "disk_path"), require_name(name), required});
  });
}

// All of them or none: only the allocation can fail.
template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

jjb_archive_input* jjb_archive_input_new(const jjb_metadata* metadata) {
  try {
    auto made = std::make_unique<jjb_archive_input>();
    if (metadata != nullptr) made->input.metadata = metadata->metadata;
    return made.release();
  } catch (...) {
    return nullptr;
  }
}

void jjb_archive_input_free(jjb_archive_input* input) { delete input; }

int32_t jjb_archive_input_add_root_file(jjb_archive_input* input, const char* disk_path, const char* name, int32_t required) {
  return add(input, &ArchiveInput::root_files, disk_path, name, required != 0);
}

int32_t jjb_archive_input_add_dump_file(jjb_archive_input* input, const char* disk_path, const char* name) {
  return add(input, &ArchiveInput::dump_files, disk_path, name, false);
}

int32_t jjb_archive_input_add_dump_dir(jjb_archive_input* input, const char* dump_dir, jjb_job* job, jjb_error** error) {
  return guard(error, [&] {
    ArchiveInput& into = capi::require(input, "input").input;
    const auto shared = capi::share(job);
    auto files = jujubackup::gather_dump(capi::require_text(dump_dir, "dump_dir"), shared.get());
    append(into.dump_files, files);
  });
}

int32_t jjb_archive_input_add_controller_files(jjb_archive_input* input, const jjb_create_options* options, jjb_job* job,
                                               jjb_error** error) {
  return guard(error, [&] {
    ArchiveInput& into = capi::require(input, "input").input;
    const auto shared = capi::share(job);
    const jujubackup::ControllerPlace place = options == nullptr ? jujubackup::ControllerPlace{} : options->options.place;
    std::vector<std::string> warnings;
    auto files = jujubackup::find_controller_files(place, into.metadata.version, warnings, shared.get());
    into.warnings.reserve(into.warnings.size() + warnings.size());
    append(into.root_files, files);
    append(into.warnings, warnings);
  });
}

int32_t jjb_archive_input_add_warning(jjb_archive_input* input, const char* warning) {
  return guard(nullptr, [&] { capi::require(input, "input").input.warnings.push_back(capi::require_text(warning, "warning")); });
}
