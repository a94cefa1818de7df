<?php
/**
 * Plugin Name: Recirc
 * Description: Related, most read and read next beneath your posts, from a Recirc server of your own.
 * Version: 0.2.0
 * Requires at least: 6.1
 * Requires PHP: 7.4
 * License: GPL-2.0-or-later
 * License URI: https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain: recirc
 * Domain Path: /languages
 *
 * @package Recirc
 */

defined( 'ABSPATH' ) || exit;

define( 'RECIRC_VERSION', '0.2.0' );
define( 'RECIRC_FILE', __FILE__ );

require_once __DIR__ . '/includes/options.php';
require_once __DIR__ . '/includes/push.php';
require_once __DIR__ . '/includes/shelf.php';
require_once __DIR__ . '/includes/placement.php';
require_once __DIR__ . '/includes/picks.php';
require_once __DIR__ . '/includes/block.php';
require_once __DIR__ . '/includes/class-recirc-widget.php';
require_once __DIR__ . '/includes/settings.php';
require_once __DIR__ . '/includes/connection.php';
require_once __DIR__ . '/includes/import.php';
require_once __DIR__ . '/includes/posts.php';
require_once __DIR__ . '/includes/dashboard.php';
require_once __DIR__ . '/includes/switch.php';

add_action(
	'init',
	function () {
		load_plugin_textdomain( 'recirc', false, dirname( plugin_basename( RECIRC_FILE ) ) . '/languages' );
	}
);
