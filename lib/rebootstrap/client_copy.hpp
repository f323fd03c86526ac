// A private copy of the client directory for juju to work with, and what comes of it.
#pragma once

#include <string>
#include <string_view>

#include <jujubackup/client.hpp>
#include <jujubackup/job.hpp>

namespace jujubackup::rebootstrapping {

// A new directory (0700) in `client_dir`, which stays until remove_copy. It lies there since a confined juju may write nowhere else.
std::string make_work_dir(const std::string& client_dir);
// What is in `client_dir`, under its lock, as `work_dir`/juju. Returns that path.
std::string copy_client_dir(const std::string& client_dir, const std::string& work_dir, Job* job);
// Juju bootstraps no controller whose name is known.
void forget_controller(const std::string& client_dir, const std::string& controller);
// The file `name` in `directory`, 0600 from its first byte; one that is there is replaced in one step.
void write_private(const std::string& directory, const std::string& name, std::string_view text);
// If it is there.
void remove_private(const std::string& directory, const std::string& name);
// Error if something of it could not be removed.
void remove_work_dir(const std::string& work_dir);

// `text`, a controllers.yaml, with another UUID for that controller.
std::string with_uuid(std::string_view text, const std::string& controller, const std::string& uuid);
// A file of `client_dir`; "" if it is not there.
std::string read_client_file(const std::string& client_dir, const std::string& name);
// As accounts.yaml has it; empty if it does not.
ClientAccount account_of(const std::string& client_dir, const std::string& controller);

}  // namespace jujubackup::rebootstrapping
