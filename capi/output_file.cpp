#include "output_file.hpp"

#include <sys/stat.h>

#include <utility>

#include <jujubackup/error.hpp>

namespace jujubackup::capi {

OutputFile::OutputFile(const std::string& path, bool replace, Folder folder) : OutputFile(path, look(path, replace, folder), replace) {}

OutputFile::OutputFile(std::string path, Place place, bool replace)
    : path_(std::move(path)), name_(std::move(place.name)), replace_(replace), file_(place.directory) {}

OutputFile::Place OutputFile::look(const std::string& path, bool replace, Folder folder) {
  struct stat there {};
  const bool found = ::stat(path.c_str(), &there) == 0;
  if (found && S_ISDIR(there.st_mode)) {
    if (folder == Folder::refuse) throw Error(ErrorCode::exists, path + ": is a directory");
    return {path, ""};
  }
  const std::size_t slash = path.rfind('/');
  Place place;
  place.name = slash == std::string::npos ? path : path.substr(slash + 1);
  place.directory = slash == std::string::npos ? "." : path.substr(0, slash);
  if (place.directory.empty()) place.directory = "/";
  if (place.name.empty()) throw Error(ErrorCode::invalid_argument, path + ": is not the name of a file");
  if (found && !replace) throw Error(ErrorCode::exists, path + ": already exists");
  return place;
}

std::string OutputFile::publish(const std::string& name_in_folder) {
  const std::string& name = name_.empty() ? name_in_folder : name_;
  file_.publish(name, replace_);
  if (!name_.empty()) return path_;
  return path_.back() == '/' ? path_ + name : path_ + "/" + name;
}

}  // namespace jujubackup::capi
