// What the tests of backup and restore share: a home folder with a client directory in it, and what a tree looks like.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

#include <jujubackup/client_backup.hpp>

#include "client_support.hpp"
#include "test_support.hpp"

namespace test {

inline constexpr std::string_view secrets[] = {"hush-admin", "hush-key", "hush-cookie"};

inline void write_private(const std::string& path, std::string_view text) {
  write_file(path, text);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

inline std::string controllers_yaml(std::string_view endpoint = "10.9.8.7:17070") {
  return "controllers:\n  prod:\n    uuid: 0f5e9b7c-5555-4666-8777-2b1d3c4e5f60\n    api-endpoints: ['" + std::string(endpoint) +
         "']\n    ca-cert: CERT\n    cloud: aws\n  test:\n    uuid: 1f5e9b7c-5555-4666-8777-2b1d3c4e5f61\n    api-endpoints: []\n"
         "current-controller: prod\n";
}

// A home folder of somebody who uses Juju.
class Home {
 public:
  Home() : environment_({{"HOME", scratch_.path() + "/home"}, {"TMPDIR", scratch_.path()}}) { std::filesystem::create_directories(path()); }

  std::string path() const { return scratch_ / "home"; }
  std::string operator/(std::string_view name) const { return path() + "/" + std::string(name); }
  std::string juju() const { return *this / ".local/share/juju"; }
  std::string juju(std::string_view name) const { return juju() + "/" + std::string(name); }
  std::string scratch(std::string_view name) const { return scratch_ / name; }

  void fill() const {
    write_private(juju("controllers.yaml"), controllers_yaml());
    write_private(juju("accounts.yaml"), "controllers:\n  prod: {user: admin, password: hush-admin}\n  test: {user: bob@external}\n");
    write_private(juju("models.yaml"),
                  "controllers:\n  prod:\n    models:\n      admin/controller: {uuid: 6d0c1a52-1111-4222-8333-94c7d2f0aa01}\n"
                  "      admin/web: {uuid: 6d0c1a52-1111-4222-8333-94c7d2f0aa02}\n    current-model: admin/web\n");
    write_private(juju("credentials.yaml"), "credentials:\n  aws:\n    me: {auth-type: access-key, secret-key: hush-key}\n");
    write_private(juju("bootstrap-config.yaml"), "controllers:\n  prod: {cloud: aws, type: ec2}\n");
    write_private(juju("cookies/prod.json"), "[{\"Name\":\"macaroon-x\",\"Value\":\"hush-cookie\"}]");
    write_private(juju("ssh/juju_id_rsa"), "hush-key\n");
    write_file(juju("aliases"), "st = status\n");
    std::filesystem::create_symlink("aliases", juju("more-aliases"));
    for (const char* directory : {"", "cookies", "ssh"}) ::chmod(juju(directory).c_str(), 0700);
    ::chmod(juju("aliases").c_str(), 0644);
  }

 private:
  Scratch scratch_;
  ProcessEnvironment environment_;
};

// "path kind mode time content" of everything below a directory.
inline std::string look_of(const std::string& directory, bool times = true) {
  std::vector<std::string> lines;
  for (const auto& found : std::filesystem::recursive_directory_iterator(directory)) {
    struct stat status {};
    ::lstat(found.path().c_str(), &status);
    std::string line = std::filesystem::relative(found.path().parent_path(), directory).string() + "/" + found.path().filename().string();
    if (S_ISLNK(status.st_mode)) {
      line += " -> " + std::filesystem::read_symlink(found.path()).string();
    } else {
      line += " " + std::to_string(status.st_mode);
    }
    // Of the same tree built twice, directories have times of their own.
    if (times && !S_ISDIR(status.st_mode)) line += " " + std::to_string(status.st_mtim.tv_sec);
    if (S_ISREG(status.st_mode)) line += " " + read_file(found.path().string());
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

inline std::string back_up(jujubackup::ClientBackupRecord* record = nullptr, const jujubackup::ClientBackupOptions& options = {},
                           jujubackup::Job* job = nullptr) {
  jujubackup::MemorySink sink(std::size_t{64} << 20);
  const auto made = jujubackup::backup_client(options, sink, job);
  if (record != nullptr) *record = made;
  return sink.text();
}

inline auto source_of(const std::string& archive) { return jujubackup::source_of_memory(bytes_of(archive), "a.tar.gz"); }

// A .tar.gz of GNU tar, made in `directory`.
inline std::string tar(const std::string& directory, const std::string& arguments, const std::string& archive) {
  const std::string command = "cd '" + directory + "' && tar -czf '" + archive + "' " + arguments + " 2>/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
  return read_file(archive);
}

}  // namespace test
