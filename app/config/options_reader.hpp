// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/caf_options.hpp"
#include "app/config/config_file.hpp"
#include "app/config/option_table.hpp"
#include "app/config/options.hpp"
#include "app/config/process_section.hpp"
#include "messages/address.hpp"

namespace rr {

/// What `application.state-directory` and `application.runtime-directory` are
/// when they are empty.
struct default_directories {
  std::string state;
  std::string runtime;

  /// @param is_root whether the runtime runs as the user root.
  static default_directories of(const options::environment& env, bool is_root,
                                unsigned user_id);
};

/// Makes `options` of what the four sources say, the weakest first, so that
/// each overwrites the one before. A value that is wrong is told and ignored.
class options_reader {
public:
  /// @param needs what is to be told of; null for everything.
  options_reader(const option_sources& sources, const option_needs* needs);

  options read();

private:
  /// An argument of the form `--name=value`.
  struct assignment {
    std::string name;
    std::string value;
  };

  // -- one step each, in this order -------------------------------------------

  void take_arguments();
  void take_defaults();
  void read_file();
  void read_environment();
  void read_command_line();
  void settle();

  // -- the file, in options_file.cpp ------------------------------------------

  void take_sections(const config_file& file);
  void take_entry(const config_entry& entry);
  bool is_section(std::string_view name) const;
  std::string unknown_section(std::string_view name) const;

  // -- the command line -------------------------------------------------------

  void take_process_argument(const assignment& x);
  void take_argument(const assignment& x);

  // -- values -----------------------------------------------------------------

  using value_or_error = caf::expected<caf::config_value>;

  void refuse(const option_row& row, config_place at, std::string text);
  void put(const option_row& row, value_or_error value, config_place at);
  void put_caf(std::string_view group, std::string_view key,
               value_or_error value, config_place at);
  void put_process(process_section& section, const option_row& row,
                   value_or_error value, config_place at);
  process_section& process(std::string_view name, config_place at);
  std::string unknown_key(std::string_view group, std::string_view key) const;

  void keep_places();
  void check_together();
  void warn_of_idle_keys();
  void check_processors();
  void warn_of_variables();

  // -- addresses, in options_addresses.cpp ------------------------------------

  void settle_addresses();
  void settle_address(const option_row& row, std::string& address,
                      const std::string& runtime);

  struct bound_address {
    const option_row* row;
    std::string text;
    zmq_address address;
  };

  void check_addresses();
  void check_host(const option_row& row, const std::string& text,
                  const std::string& host);
  void check_datagrams(const option_row& row, const std::string& text,
                       const std::string& host);
  void check_collision(const std::vector<bound_address>& bound);

  // -- paths, in options_paths.cpp --------------------------------------------

  void settle_directories();
  default_directories own_directories() const;
  /// Against the file's folder when it was given there, else against the
  /// working directory; "" stays what it is.
  std::string absolute(const std::string& path, config_place at) const;
  /// The same without `.`, `..` and double slashes, also where it was absolute.
  std::string normal(const std::string& path, config_place at) const;
  /// Where an option was given; the environment for a default.
  config_place place_of(const std::string& name) const;
  void check_text(const option_row& row, config_place at,
                  const std::string& text);
  /// Tells when `log.file` is there and can take no lines.
  void check_log_file();
  /// Tells when a file of the page is not there or cannot be used.
  void check_web_files();

  bool is_told(const config_problem& problem) const;

  const option_sources& sources_;
  const options::environment& env_;
  const option_needs* needs_;
  /// Of the file; empty for one that lies in none, such as a pipe.
  std::string folder_;
  std::vector<assignment> assignments_;
  /// Where each option that is no default was given, CAF's own included, by
  /// `group.key`.
  std::map<std::string, config_place> places_;
  std::vector<process_section> processes_;
  std::map<std::string, size_t, std::less<>> process_index_;
  caf_options caf_;
  problem_list problems_;
  options result_;
};

} // namespace rr
