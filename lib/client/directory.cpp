#include <optional>
#include <utility>

#include <jujubackup/client.hpp>
#include <jujubackup/error.hpp>

#include "client/files.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

// What `parse` makes of a file of the directory, or of an empty one if it is not there.
template <typename Parse>
auto read_file(const std::string& directory, const char* name, Parse parse) {
  const std::string path = join_path(directory, name);
  std::string text;
  try {
    text = read_small_file(path, client::max_file_bytes);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
  }
  try {
    return parse(text);
  } catch (Error& error) {
    error.add_context("reading " + path);
    throw;
  }
}

}  // namespace

ClientDirectory ClientDirectory::read(const std::string& path, const Job* job) {
  ClientDirectory result;
  result.path_ = path;
  if (look_at(path).kind == FileKind::missing) return result;
  const ClientLock lock(path, job);
  auto controllers = read_file(path, "controllers.yaml", client::parse_controllers);
  auto accounts = read_file(path, "accounts.yaml", client::parse_accounts);
  auto models = read_file(path, "models.yaml", client::parse_models);
  for (auto& [name, account] : accounts) result.per_controller_[name].account = std::move(account);
  for (auto& [name, known] : models) {
    PerController& entry = result.per_controller_[name];
    entry.models = std::move(known.models);
    entry.current_model = std::move(known.current);
  }
  result.controllers_ = std::move(controllers.controllers);
  result.current_controller_ = std::move(controllers.current);
  return result;
}

}  // namespace jujubackup
