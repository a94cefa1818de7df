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

foreach ( array( 'options', 'push', 'shelf', 'placement', 'picks', 'block', 'widget', 'settings', 'connection', 'import', 'posts', 'dashboard', 'switch' ) as $recirc_part ) {
	require_once __DIR__ . '/includes/' . $recirc_part . '.php';
}
unset( $recirc_part );

add_action(
	'init',
	function () {
		load_plugin_textdomain( 'recirc', false, dirname( plugin_basename( RECIRC_FILE ) ) . '/languages' );
	}
);
